#include "recover/scan_ahead.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall::recover {
namespace {

/// Returns `groups` groups, numbered by their location, then an end or an error.
class NumberedScan final : public GroupScan {
 public:
  struct Script {
    std::uint64_t groups = 0;
    std::size_t group_bytes = 1;
    bool fails = false;
  };
  explicit NumberedScan(Script script, Lsn* skipped = nullptr)
      : script_(script), skipped_(skipped) {}

  Result<std::optional<ScannedGroup>> next() override {
    if (taken_ < script_.groups) {
      return ScannedGroup{.location = Location{taken_++},
                          .bytes = std::string(script_.group_bytes, 'g')};
    }
    if (script_.fails) return std::unexpected(Error{.code = Errc::kCorrupt, .message = "damage"});
    return std::nullopt;
  }
  void skip_below(Lsn lsn) override {
    if (skipped_ != nullptr) *skipped_ = lsn;
  }
  ChainEnd chain_end() const override {
    ChainEnd end;
    end.next_group = taken_;
    return end;
  }
  std::uint64_t torn_bytes() const override { return 7; }

 private:
  Script script_;
  Lsn* skipped_;
  std::uint64_t taken_ = 0;
};

void expect_groups(GroupScan& scan, std::uint64_t groups) {
  for (std::uint64_t number = 0; number < groups; ++number) {
    const auto group = scan.next();
    ASSERT_TRUE(group && *group) << number;
    ASSERT_EQ((*group)->location.value, number);
  }
}

TEST(ScanAhead, ReturnsEveryGroupInOrderAndThenTheEnd) {
  constexpr std::uint64_t kGroups = 1'000;
  Lsn skipped;
  ScanAhead scan(std::make_unique<NumberedScan>(NumberedScan::Script{.groups = kGroups}, &skipped),
                 Lsn{42});
  EXPECT_EQ(skipped, Lsn{42});
  expect_groups(scan, kGroups);
  for (int again = 0; again < 2; ++again) {
    const auto end = scan.next();
    ASSERT_TRUE(end);
    EXPECT_FALSE(*end);
  }
  EXPECT_EQ(scan.chain_end().next_group, kGroups);
  EXPECT_EQ(scan.torn_bytes(), 7U);
}

TEST(ScanAhead, DamageComesAfterTheGroupsBeforeIt) {
  ScanAhead scan(std::make_unique<NumberedScan>(NumberedScan::Script{.groups = 3, .fails = true}),
                 Lsn{});
  expect_groups(scan, 3);
  for (int again = 0; again < 2; ++again) {
    const auto damaged = scan.next();
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, Errc::kCorrupt);
  }
}

TEST(ScanAhead, MoreThanItReadsAheadPassesThroughOrIsAbandoned) {
  constexpr std::uint64_t kGroups = 20;
  constexpr std::size_t kGroupBytes = std::size_t{8} << 20;
  const NumberedScan::Script script{.groups = kGroups, .group_bytes = kGroupBytes};
  {
    ScanAhead scan(std::make_unique<NumberedScan>(script), Lsn{});
    expect_groups(scan, kGroups);
  }
  // The thread waits for room, or is about to: it must end all the same.
  ScanAhead scan(std::make_unique<NumberedScan>(script), Lsn{});
  expect_groups(scan, 1);
}

}  // namespace
}  // namespace seawall::recover
