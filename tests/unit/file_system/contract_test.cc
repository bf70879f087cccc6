// What both file systems promise alike.

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "storage/file/file_system.h"
#include "storage/file/simulated_file_system.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::storage {
namespace {

struct Kind {
  const char* name;
  std::function<std::shared_ptr<FileSystem>()> make;
};

// Or the list of tests shows a parameter's bytes.
std::ostream& operator<<(std::ostream& out, const Kind& kind) {
  return out << kind.name;
}

class FileSystemContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    system_ = GetParam().make();
    ASSERT_TRUE(system_->create_directories(base_));
    directory_ = open_base();
  }

  [[nodiscard]] std::unique_ptr<Directory> open_base() const {
    Result<std::unique_ptr<Directory>> opened = system_->open_directory(base_);
    EXPECT_TRUE(opened) << to_string(opened.error());
    return opened ? *std::move(opened) : nullptr;
  }

  [[nodiscard]] std::unique_ptr<File> open(std::string_view name, OpenMode mode) const {
    Result<std::unique_ptr<File>> opened = directory_->open(name, mode);
    EXPECT_TRUE(opened) << to_string(opened.error());
    return opened ? *std::move(opened) : nullptr;
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    const std::vector<DirectoryEntry> entries = directory_->list().value();
    for (const DirectoryEntry& entry : entries) names.push_back(entry.name);
    std::ranges::sort(names);
    return names;
  }

  TemporaryDirectory temporary_;
  std::string base_ = temporary_.path() + "/a/b";
  std::shared_ptr<FileSystem> system_;
  std::unique_ptr<Directory> directory_;
};

TEST_P(FileSystemContract, ReadsBackWhatWasWritten) {
  const auto file = open("one", OpenMode::kCreateExclusive);
  ASSERT_TRUE(file->write_at(0, "hello"));
  ASSERT_TRUE(file->write_at(10'000, "far"));
  EXPECT_EQ(file->size().value(), 10'003U);
  EXPECT_EQ(file->read_at(0, 5).value(), "hello");
  EXPECT_EQ(file->read_at(4, 3).value(), std::string("o\0\0", 3));
  EXPECT_EQ(file->read_at(10'000, 100).value(), "far");
  ASSERT_TRUE(file->sync_data());
  const auto again = open("one", OpenMode::kRead);
  EXPECT_EQ(again->read_at(10'001, 2).value(), "ar");
}

TEST_P(FileSystemContract, ReadsExactlyTheLengthAsked) {
  const auto file = open("one", OpenMode::kCreateExclusive);
  const std::string content(300'000, 'x');
  ASSERT_TRUE(file->write_at(0, content));
  // Lengths around what a string holds in place, doubles to, and what is read unchecked.
  constexpr std::uint64_t kLengths[] = {0,  1,  14,  15,    16,    17,     29,     30,
                                        31, 32, 100, 4'095, 4'096, 65'535, 65'536, 100'000};
  for (const std::uint64_t length : kLengths) {
    EXPECT_EQ(file->read_at(7, length).value().size(), length);
  }
}

TEST_P(FileSystemContract, OverwritesAcrossPages) {
  const auto file = open("one", OpenMode::kCreateExclusive);
  ASSERT_TRUE(file->write_at(0, std::string(9'000, 'a')));
  ASSERT_TRUE(file->sync_data());
  ASSERT_TRUE(file->write_at(4'000, std::string(1'000, 'b')));
  std::string expected(9'000, 'a');
  expected.replace(4'000, 1'000, 1'000, 'b');
  EXPECT_EQ(file->read_at(0, 9'000).value(), expected);
}

TEST_P(FileSystemContract, ReadsNothingBeyondTheEnd) {
  const auto file = open("one", OpenMode::kCreateExclusive);
  ASSERT_TRUE(file->write_at(0, "abc"));
  EXPECT_EQ(file->read_at(3, 10).value(), "");
  EXPECT_EQ(file->read_at(1'000'000, 10).value(), "");
  EXPECT_EQ(file->read_at(2, 0).value(), "");
  // A length out of a damaged header must not cost its memory.
  EXPECT_EQ(file->read_at(1, UINT64_MAX).value(), "bc");
  EXPECT_EQ(file->read_at(UINT64_MAX, UINT64_MAX).value(), "");
}

TEST_P(FileSystemContract, AllocatesZerosAndNeverShrinks) {
  const auto file = open("one", OpenMode::kCreateExclusive);
  ASSERT_TRUE(file->write_at(0, "abc"));
  ASSERT_TRUE(file->allocate(8'192));
  EXPECT_EQ(file->size().value(), 8'192U);
  EXPECT_EQ(file->read_at(0, 4).value(), std::string("abc\0", 4));
  EXPECT_EQ(file->read_at(8'190, 10).value(), std::string(2, '\0'));
  ASSERT_TRUE(file->allocate(100));
  ASSERT_TRUE(file->allocate(0));
  EXPECT_EQ(file->size().value(), 8'192U);
}

TEST_P(FileSystemContract, OpensByMode) {
  EXPECT_EQ(directory_->open("one", OpenMode::kRead).error().code, Errc::kNotFound);
  EXPECT_EQ(directory_->open("one", OpenMode::kReadWrite).error().code, Errc::kNotFound);
  ASSERT_TRUE(open("one", OpenMode::kCreateExclusive)->write_at(0, "x"));
  EXPECT_EQ(directory_->open("one", OpenMode::kCreateExclusive).error().os_errno, EEXIST);
  ASSERT_TRUE(open("one", OpenMode::kReadWrite)->write_at(1, "y"));
  EXPECT_EQ(open("one", OpenMode::kRead)->read_at(0, 9).value(), "xy");
}

TEST_P(FileSystemContract, RefusesWhatIsNoRegularFile) {
  ASSERT_TRUE(system_->create_directories(base_ + "/sub"));
  EXPECT_EQ(directory_->open("sub", OpenMode::kRead).error().os_errno, EISDIR);
  const std::vector<DirectoryEntry> entries = directory_->list().value();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_FALSE(entries[0].is_regular);
}

TEST_P(FileSystemContract, RefusesNamesThatArePaths) {
  for (const std::string_view name : {"", ".", "..", "a/b", "/a"}) {
    EXPECT_FALSE(directory_->open(name, OpenMode::kCreateExclusive)) << name;
    EXPECT_FALSE(directory_->rename(name, "x")) << name;
    EXPECT_FALSE(directory_->unlink(name)) << name;
  }
}

TEST_P(FileSystemContract, RenamesOverAnother) {
  ASSERT_TRUE(open("new", OpenMode::kCreateExclusive)->write_at(0, "new"));
  ASSERT_TRUE(open("old", OpenMode::kCreateExclusive)->write_at(0, "old"));
  const auto held = open("old", OpenMode::kRead);
  ASSERT_TRUE(directory_->rename("new", "old"));
  ASSERT_TRUE(directory_->sync());
  EXPECT_EQ(names(), std::vector<std::string>{"old"});
  EXPECT_EQ(open("old", OpenMode::kRead)->read_at(0, 9).value(), "new");
  EXPECT_EQ(held->read_at(0, 9).value(), "old");
  EXPECT_EQ(directory_->rename("gone", "old").error().code, Errc::kNotFound);
}

TEST_P(FileSystemContract, UnlinkedFilesStayReadableWhileOpen) {
  const auto file = open("one", OpenMode::kCreateExclusive);
  ASSERT_TRUE(file->write_at(0, "kept"));
  ASSERT_TRUE(directory_->unlink("one"));
  ASSERT_TRUE(directory_->sync());
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(file->read_at(0, 9).value(), "kept");
  EXPECT_EQ(directory_->unlink("one").error().code, Errc::kNotFound);
}

TEST_P(FileSystemContract, ListsNamesAndSizes) {
  ASSERT_TRUE(open("one", OpenMode::kCreateExclusive)->write_at(0, "12345"));
  const std::vector<DirectoryEntry> entries = directory_->list().value();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].name, "one");
  EXPECT_TRUE(entries[0].is_regular);
  EXPECT_EQ(directory_->status_of("one")->bytes, 5U);
  EXPECT_FALSE(directory_->status_of("one")->has_other_names);
  EXPECT_EQ(directory_->status_of("two").error().code, Errc::kNotFound);
}

TEST_P(FileSystemContract, LocksOnce) {
  const auto other = open_base();
  EXPECT_FALSE(other->is_locked().value());
  Result<std::unique_ptr<DirectoryLock>> lock = directory_->try_lock();
  ASSERT_TRUE(lock) << to_string(lock.error());
  EXPECT_EQ(other->try_lock().error().code, Errc::kLocked);
  EXPECT_EQ(directory_->try_lock().error().code, Errc::kLocked);
  EXPECT_TRUE(other->is_locked().value());
  EXPECT_TRUE(other->is_locked().value());
  lock->reset();
  EXPECT_FALSE(other->is_locked().value());
  EXPECT_TRUE(other->try_lock());
}

TEST_P(FileSystemContract, OpensDirectoriesOnly) {
  EXPECT_EQ(system_->open_directory(base_ + "/missing").error().code, Errc::kNotFound);
  ASSERT_NE(open("one", OpenMode::kCreateExclusive), nullptr);
  EXPECT_EQ(system_->open_directory(base_ + "/one").error().os_errno, ENOTDIR);
  EXPECT_FALSE(system_->create_directories(base_ + "/one"));
  EXPECT_FALSE(system_->create_directories(base_ + "/one/two"));
}

TEST_P(FileSystemContract, CreatesDirectoriesOnceAndAgain) {
  EXPECT_TRUE(system_->create_directories(base_));
  EXPECT_TRUE(system_->create_directories(base_ + "//c/./d/"));
  EXPECT_TRUE(system_->open_directory(base_ + "/c/d"));
}

TEST_P(FileSystemContract, KnowsItsFreeSpace) {
  EXPECT_GT(directory_->free_bytes().value(), 0U);
}

INSTANTIATE_TEST_SUITE_P(All, FileSystemContract,
                         testing::Values(Kind{"posix", [] { return posix_file_system(); }},
                                         Kind{"simulated",
                                              []() -> std::shared_ptr<FileSystem> {
                                                return std::make_shared<SimulatedFileSystem>();
                                              }}),
                         [](const testing::TestParamInfo<Kind>& kind) {
                           return std::string(kind.param.name);
                         });

}  // namespace
}  // namespace seawall::storage
