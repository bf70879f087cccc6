// A log's directory on a real file system: whose its files are, and what a link in it does.

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/write_ahead_log.h"

#include "process/child.h"
#include "process/fault_calls.h"
#include "process/kill_log.h"
#include "process/kill_model.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {
namespace {

namespace fs = std::filesystem;

bool work(const std::string& base_dir) {
  const auto log = open_small(base_dir);
  if (!log) return false;
  for (std::size_t call = 0; call < kFaultCalls; ++call) {
    if (call == kFaultCheckpointEvery && !(*log)->checkpoint()) return false;
    if (!(*log)->persist(fault_client(call), data_of(call), id_of(call), producer_of(call))) {
      return false;
    }
  }
  return (*log)->close().has_value();
}

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
  return files;
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(ProcessFiles, AreTheOwnersWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const TemporaryDirectory directory;
    Child child([&] {
      ::umask(mask);
      return work(directory.path() + "/new/base") ? 0 : 1;
    });
    ASSERT_EQ(child.wait().code, 0);
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(directory.path())) {
      const auto want = entry.is_directory() ? fs::perms::owner_all
                                             : fs::perms::owner_read | fs::perms::owner_write;
      EXPECT_EQ(entry.symlink_status().permissions(), want) << entry.path();
      files += entry.is_directory() ? 0U : 1U;
    }
    EXPECT_GT(files, 5U);
  }
}

// A link to the very bytes would do no harm; one that somebody else can turn elsewhere would.
TEST(ProcessFiles, ThatAreLinksAreRefusedAndLeftAlone) {
  const TemporaryDirectory directory;
  const fs::path log = fs::path(directory.path()) / kService;
  const fs::path outside = fs::path(directory.path()) / "outside";
  ASSERT_TRUE(work(directory.path()));
  std::size_t refused = 0;
  for (const fs::path& file : files_in(log)) {
    SCOPED_TRACE(file);
    fs::rename(file, outside);
    fs::create_symlink(outside, file);
    const std::string before = bytes_of(outside);
    const auto writer = open_small(directory.path());
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, Errc::kForeign);
    EXPECT_EQ(writer.error().file, file.filename());
    const auto reader = read_small(directory.path());
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, Errc::kForeign);
    EXPECT_EQ(bytes_of(outside), before);
    fs::remove(file);
    fs::rename(outside, file);
    ++refused;
  }
  std::cout << "links refused: " << refused << "\n";
  EXPECT_GT(refused, 5U);
  EXPECT_TRUE(open_small(directory.path()));
}

}  // namespace
}  // namespace seawall::process
