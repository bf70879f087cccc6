// Files of a log made huge or odd by somebody else: opening and reading end with an answer and take
// little memory, and nobody's file is changed or removed.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/log_reader.h"
#include "seawall/storage_interface.h"
#include "seawall/write_ahead_log.h"

#include "process/kill_log.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

/// Writes a log with every kind of file and closes it; returns its directory.
fs::path write_log(const TemporaryDirectory& base) {
  const auto log = open_small(base.path());
  EXPECT_TRUE(log);
  if (!log) return {};
  for (int i = 0; i < 60; ++i) {
    EXPECT_TRUE((*log)->persist("client-" + std::to_string(i % 7), std::string(900, 'x'), i));
    if (i == 30) {
      EXPECT_TRUE((*log)->checkpoint());
    }
  }
  EXPECT_TRUE((*log)->close());
  return fs::path(base.path()) / kService;
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

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
}

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  EXPECT_EQ(::getrusage(RUSAGE_SELF, &usage), 0);
  constexpr std::uint64_t kKiB = 1024;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * kKiB;
}

/// Opens for reading, verifies, and opens for writing. Only that each ends is asked.
std::string use(const std::string& base_dir) {
  std::string outcomes;
  const auto reader = read_small(base_dir);
  outcomes += reader ? "read" : to_string(reader.error());
  const auto report = LogReader::verify(small_segments(), kService, base_dir);
  outcomes += report ? "; verified" : "; " + to_string(report.error());
  const auto log = open_small(base_dir);
  return outcomes + (log ? "; opened" : "; " + to_string(log.error()));
}

// Sizes are sparse: they cost the disk nothing and would cost a reader of the whole file as much
// memory.
TEST(ProcessHostile, FilesOfAnySizeCostLittleMemory) {
  std::size_t cases = 0;
  for (const std::uint64_t bytes : {3 * kGiB, 4096 * kGiB}) {
    const TemporaryDirectory base;
    const fs::path directory = write_log(base);
    for (const fs::path& file : files_in(directory)) {
      const TemporaryDirectory copy;
      fs::copy(directory, fs::path(copy.path()) / kService);
      const std::uint64_t before = peak_memory_bytes();
      fs::resize_file(fs::path(copy.path()) / kService / file.filename(), bytes);
      const std::string outcomes = use(copy.path());
      EXPECT_LT(peak_memory_bytes() - before, kGiB / 8) << file << ": " << outcomes;
      ++cases;
    }
  }
  std::cout << "huge files: " << cases << "\n";
  EXPECT_GT(cases, 12U);
}

TEST(ProcessHostile, AHugeNewestManifestIsNamed) {
  for (const std::uint64_t bytes : {3 * kGiB, 4096 * kGiB}) {
    const TemporaryDirectory base;
    const fs::path directory = write_log(base);
    const std::string name = "manifest-00000000000000999999";
    write_file(directory / name, "");
    fs::resize_file(directory / name, bytes);
    for (const auto& error : {open_small(base.path()).error(), read_small(base.path()).error()}) {
      EXPECT_EQ(error.code, Errc::kCorrupt);
      EXPECT_EQ(error.file, name);
    }
  }
}

/// Names like the log's own that it never gives.
std::vector<std::string> odd_names() {
  return {"notes.tmp",
          "a.tmp",
          ".tmp",
          "pid.tmp",
          "mark.tmp.tmp",
          "manifest-1.tmp",
          "segment-1.tmp",
          "SEGMENT-0000000000000001",
          "segment-000000000000000G",
          "object-.tmp",
          "object-A.tmp",
          "recycled-mark.tmp",
          "recycled-segment-1.tmp",
          "recycled-recycled-segment-0000000000000001.tmp",
          "manifest-00000000000000000001.bak",
          "manifest-00000000000000000001 "};
}

TEST(ProcessHostile, ForeignNamesAreLeftAloneAndDoNoHarm) {
  const TemporaryDirectory base;
  const fs::path directory = write_log(base);
  for (const std::string& name : odd_names()) write_file(directory / name, "somebody's");
  fs::create_directory(directory / "directory.tmp");
  fs::create_symlink("/nowhere", directory / "link.tmp");
  for (int i = 0; i < 2; ++i) {
    const auto log = open_small(base.path());
    ASSERT_TRUE(log) << to_string(log.error());
    EXPECT_TRUE((*log)->persist("again", "x", i));
    EXPECT_TRUE(read_small(base.path()));
  }
  for (const std::string& name : odd_names()) EXPECT_EQ(bytes_of(directory / name), "somebody's");
  EXPECT_TRUE(fs::is_directory(directory / "directory.tmp"));
  EXPECT_TRUE(fs::is_symlink(fs::symlink_status(directory / "link.tmp")));
}

// The log's own unfinished files go, and only they.
TEST(ProcessHostile, OwnUnfinishedFilesAreRemoved) {
  const TemporaryDirectory base;
  const fs::path directory = write_log(base);
  const std::vector<std::string> own{
      "mark.tmp",
      "reserve.tmp",
      "manifest-00000000000000999999.tmp",
      "segment-00000000000fffff.tmp",
      "directory-00000000000fffff.tmp",
      "object-checkpoint-00000000000000999999.tmp",
      "recycled-segment-0000000000000001.tmp",
  };
  for (const std::string& name : own) write_file(directory / name, "unfinished");
  ASSERT_TRUE(open_small(base.path()));
  for (const std::string& name : own) EXPECT_FALSE(fs::exists(directory / name)) << name;
}

// A directory of somebody else's files is most likely a mistyped path: no log is made beside them.
TEST(ProcessHostile, ADirectoryOfForeignFilesOnlyIsRefused) {
  for (const std::string& name : odd_names()) {
    const TemporaryDirectory base;
    const fs::path directory = fs::path(base.path()) / kService;
    fs::create_directory(directory);
    write_file(directory / name, "somebody's");
    EXPECT_FALSE(open_small(base.path())) << name;
    EXPECT_FALSE(read_small(base.path())) << name;
    EXPECT_EQ(files_in(directory).size(), 1U) << name;
    EXPECT_EQ(bytes_of(directory / name), "somebody's");
  }
}

/// Writes on, through rounds that free segments and use them again.
void write_on(WriteAheadLog& log, int from) {
  for (int i = from; i < from + 150; ++i) {
    ASSERT_TRUE(log.persist("client-" + std::to_string(i % 7), std::string(900, 'y'), i));
    if (i % 30 != 0) continue;
    ASSERT_TRUE(log.checkpoint());
  }
}

std::map<std::string, std::string> contents(const fs::path& directory) {
  std::map<std::string, std::string> found;
  for (const fs::path& file : files_in(directory)) found[file.filename()] = bytes_of(file);
  return found;
}

/// As `cp -al` does it.
void link_all(const fs::path& from, const fs::path& to) {
  fs::create_directory(to);
  for (const fs::path& file : files_in(from)) fs::create_hard_link(file, to / file.filename());
}

// Whatever the link's name, writing must not show through it.
TEST(ProcessHardLinks, AFileWithAnotherNameIsRefusedOrLeftAlone) {
  const TemporaryDirectory base;
  const fs::path directory = write_log(base);
  std::size_t refused = 0;
  for (const fs::path& file : files_in(directory)) {
    SCOPED_TRACE(file);
    const TemporaryDirectory copy;
    const fs::path log_directory = fs::path(copy.path()) / kService;
    fs::copy(directory, log_directory);
    const fs::path outside = fs::path(copy.path()) / "outside";
    fs::create_hard_link(log_directory / file.filename(), outside);
    const std::string before = bytes_of(outside);
    EXPECT_TRUE(read_small(copy.path()));
    if (const auto log = open_small(copy.path())) {
      write_on(**log, 100);
    } else {
      EXPECT_EQ(log.error().code, Errc::kForeign);
      EXPECT_EQ(log.error().file, file.filename());
      ++refused;
    }
    EXPECT_EQ(bytes_of(outside), before);
  }
  EXPECT_GE(refused, 2U) << "the mark and a segment";
}

TEST(ProcessHardLinks, AHardLinkedCopyCanBeReadAndNotWritten) {
  const TemporaryDirectory base;
  const fs::path directory = write_log(base);
  const TemporaryDirectory copy;
  link_all(directory, fs::path(copy.path()) / kService);
  const auto before = contents(directory);
  EXPECT_TRUE(read_small(copy.path()));
  EXPECT_EQ(open_small(copy.path()).error().code, Errc::kForeign);
  EXPECT_EQ(contents(directory), before);
  EXPECT_EQ(contents(fs::path(copy.path()) / kService), before) << "nothing was removed either";
}

// A copy made of links while the log runs: what was sealed then is not used again under it.
TEST(ProcessHardLinks, SealedSegmentsOfACopyAreNotRecycled) {
  const TemporaryDirectory base;
  const auto log = open_small(base.path());
  ASSERT_TRUE(log);
  const fs::path directory = fs::path(base.path()) / kService;
  for (int i = 0; i < 60; ++i) ASSERT_TRUE((*log)->persist("a", std::string(900, 'x'), i));
  const fs::path copy = fs::path(base.path()) / "copy";
  fs::create_directory(copy);
  std::set<fs::path> segments;
  for (const fs::path& file : files_in(directory)) {
    if (file.filename().string().starts_with("segment-")) segments.insert(file);
  }
  ASSERT_GE(segments.size(), 3U);
  // The active one and the spare are in use: their copy is no copy.
  segments.erase(std::prev(segments.end(), 2), segments.end());
  for (const fs::path& file : segments) fs::create_hard_link(file, copy / file.filename());
  const auto before = contents(copy);
  write_on(**log, 100);
  EXPECT_EQ(contents(copy), before);
}

}  // namespace
}  // namespace seawall::process
