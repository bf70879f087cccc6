#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "storage/file/file_system.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::storage {

inline constexpr std::size_t kSector = 512;

/// A machine with directory /d, open, and file "f" of four sectors of 'a', all of it durable.
class SimulatedMachineTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(machine_->create_directories("/d"));
    reopen();
    ASSERT_TRUE(directory_->open("f", OpenMode::kCreateExclusive));
    machine_->set_bytes("/d", "f", old_);
    ASSERT_TRUE(directory_->sync());
    file_ = open("f");
  }

  void reopen() { directory_ = machine_->open_directory("/d").value(); }

  [[nodiscard]] std::unique_ptr<File> open(std::string_view name,
                                           OpenMode mode = OpenMode::kReadWrite) {
    return directory_->open(name, mode).value();
  }

  /// Returns every content of "f" that `how` leaves over `seeds` cuts of copies of the machine.
  [[nodiscard]] std::set<std::string> outcomes(Survivor how, std::uint64_t seeds = 400) const {
    std::set<std::string> found;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const auto copy = machine_->fork();
      copy->power_cut(how, seed);
      found.insert(copy->bytes("/d", "f"));
    }
    return found;
  }

  [[nodiscard]] std::set<std::vector<std::string>> name_outcomes(Survivor how) const {
    std::set<std::vector<std::string>> found;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const auto copy = machine_->fork();
      copy->power_cut(how, seed);
      // Every name leads to a file.
      EXPECT_TRUE(copy->open_directory("/d").value()->list());
      found.insert(copy->names("/d"));
    }
    return found;
  }

  const std::string old_ = std::string(4 * kSector, 'a');
  std::shared_ptr<SimulatedFileSystem> machine_ = std::make_shared<SimulatedFileSystem>(7);
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<File> file_;
};

/// One sector of each letter.
inline std::string sectors(std::string_view letters) {
  std::string bytes;
  for (const char letter : letters) bytes.append(kSector, letter);
  return bytes;
}

using Contents = std::set<std::string>;

}  // namespace seawall::storage
