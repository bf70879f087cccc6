// Whatever ranges a device does not give back, every sector beside them is read.

#include "storage/file/readable_bytes.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::storage {
namespace {

constexpr std::uint64_t kFileBytes = 20'000;

std::string content() {
  std::string bytes(kFileBytes, '\0');
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<char>(1 + at % 251);
  return bytes;
}

class ReadableBytes : public testing::Test {
 protected:
  ReadableBytes() {
    EXPECT_TRUE(machine_->create_directories("/d"));
    machine_->set_bytes("/d", "file", content());
    directory_ = machine_->open_directory("/d").value();
    file_ = directory_->open("file", OpenMode::kRead).value();
  }

  std::shared_ptr<SimulatedFileSystem> machine_ = std::make_shared<SimulatedFileSystem>();
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<File> file_;
};

RC_GTEST_FIXTURE_PROP(ReadableBytes, LosesUnreadableSectorsOnly, ()) {
  const auto sectors = *rc::gen::container<std::vector<std::uint64_t>>(
      rc::gen::inRange<std::uint64_t>(0, kFileBytes / kSectorBytes + 1));
  for (const std::uint64_t sector : sectors) {
    machine_->make_unreadable("/d", "file", sector * kSectorBytes, (sector + 1) * kSectorBytes);
  }
  const auto is_lost = [&](std::uint64_t at) {
    return std::ranges::find(sectors, at / kSectorBytes) != sectors.end();
  };
  const auto offset = *rc::gen::inRange<std::uint64_t>(0, kFileBytes);
  const auto length = *rc::gen::inRange<std::uint64_t>(1, kFileBytes - offset + 1);
  std::string bytes = "before";
  UnreadableRanges unreadable;
  RC_ASSERT(read_readable(*file_, offset, length, bytes, unreadable).has_value());
  RC_ASSERT(bytes.starts_with("before"));
  bytes.erase(0, 6);
  RC_ASSERT(bytes.size() == length);
  const std::string sound = content();
  for (std::uint64_t at = offset; at < offset + length; ++at) {
    RC_ASSERT(bytes[at - offset] == (is_lost(at) ? '\0' : sound[at]));
    const auto cause = unreadable.find(at, 1);
    RC_ASSERT(cause.has_value() == is_lost(at));
    if (!cause) continue;
    RC_ASSERT(cause->code == Errc::kCorrupt);
    RC_ASSERT(cause->os_errno == EIO);
    RC_ASSERT(cause->offset == at);
    RC_ASSERT(cause->file == "file");
  }
}

TEST_F(ReadableBytes, EndsWhereTheFileDoes) {
  machine_->make_unreadable("/d", "file", 512, 1024);
  std::string bytes;
  UnreadableRanges unreadable;
  ASSERT_TRUE(read_readable(*file_, 0, 10 * kFileBytes, bytes, unreadable));
  EXPECT_EQ(bytes.size(), kFileBytes);
  EXPECT_TRUE(unreadable.find(1023, 1));
  EXPECT_FALSE(unreadable.find(1024, kFileBytes));
}

TEST_F(ReadableBytes, WhatRanShortIsNoDamage) {
  machine_->fail_at(SimulatedOperation::kRead, 1, ENOMEM);
  std::string bytes;
  UnreadableRanges unreadable;
  const Result<void> read = read_readable(*file_, 0, 100, bytes, unreadable);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::kExhausted);
}

TEST_F(ReadableBytes, AWriteGivesASectorBack) {
  machine_->make_unreadable("/d", "file", 512, 1536);
  EXPECT_FALSE(file_->read_at(1000, 1));
  ASSERT_TRUE(directory_->open("file", OpenMode::kReadWrite).value()->write_at(1000, "x"));
  EXPECT_EQ(file_->read_at(1000, 1), "x");
  EXPECT_FALSE(file_->read_at(999, 1));
  EXPECT_FALSE(file_->read_at(1001, 1));
}

}  // namespace
}  // namespace seawall::storage
