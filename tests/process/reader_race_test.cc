// Readers on real files beside a writer that replaces its manifest without pause, in a directory of
// hundreds of other files. A listing of such a directory may show neither the old manifest nor the
// new one, since the system promises nothing about names that come or go during it.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"

#include "unit/file_system/temporary_directory.h"
#include "unit/storage/test_log.h"

namespace seawall::process {
namespace {

const char* const kService = "svc";

/// Files that are not the log's, as a directory of many objects would have.
void add_names(const std::string& base_dir, int count) {
  for (int i = 0; i < count; ++i) {
    const std::ofstream file(base_dir + "/" + kService + "/other-" + std::to_string(i));
    ASSERT_TRUE(file);
  }
}

/// A log whose manifest is replaced again and again by a thread, until destroyed.
class Republisher {
 public:
  explicit Republisher(storage::testing::TestLog& log) : log_(log), thread_([this] { run(); }) {}
  Republisher(const Republisher&) = delete;
  Republisher& operator=(const Republisher&) = delete;
  ~Republisher() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint64_t published() const { return published_; }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  void run() {
    for (std::uint64_t i = 0; !stop_; ++i) {
      const std::string bytes = "m" + std::to_string(i);
      failed_ = failed_ || !log_->publish({.bytes = bytes, .log_start = {}});
      ++published_;
    }
  }

  storage::testing::TestLog& log_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> failed_ = false;
  std::atomic<std::uint64_t> published_ = 0;
  std::thread thread_;
};

class ReaderRace : public testing::TestWithParam<const char*> {};

// A disk, whose names come in the order of a hash, and memory, whose newest come first.
INSTANTIATE_TEST_SUITE_P(Mounts, ReaderRace, testing::Values("/tmp", "/dev/shm"),
                         [](const auto& info) {
                           return std::filesystem::path(info.param).filename().string();
                         });

TEST_P(ReaderRace, AManifestThatIsReplacedIsNeverMissed) {
  if (!std::filesystem::is_directory(GetParam())) GTEST_SKIP() << "no " << GetParam();
  const std::uint64_t rounds = std::getenv("SEAWALL_TEST_LONG") != nullptr ? 200'000 : 4'000;
  constexpr int kOtherFiles = 400;
  const TemporaryDirectory directory{std::filesystem::path(GetParam())};
  FileSystemStorage storage;
  const VolumeName name{.base_dir = directory.path(), .service_name = kService};
  auto log = storage::testing::TestLog::open(storage, name);
  ASSERT_TRUE(log) << to_string(log.error());
  ASSERT_TRUE(log->append({"one"}));
  add_names(directory.path(), kOtherFiles);
  std::uint64_t published = 0;
  {
    const Republisher writer(*log);
    for (std::uint64_t i = 0; i < rounds; ++i) {
      const auto reader = storage.read(name);
      ASSERT_TRUE(reader) << "round " << i << ": " << to_string(reader.error());
      const auto found = storage::testing::scan_all(**reader);
      ASSERT_TRUE(found) << "round " << i << ": " << to_string(found.error());
      ASSERT_EQ(found->records.size(), 1U);
    }
    EXPECT_FALSE(writer.failed());
    published = writer.published();
  }
  std::cout << "opened " << rounds << " times beside " << published << " manifests\n";
}

}  // namespace
}  // namespace seawall::process
