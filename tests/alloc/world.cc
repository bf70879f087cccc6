#include "alloc/world.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/log_reader.h"
#include "seawall/memory_storage.h"
#include "seawall/types.h"

#include "alloc/caller.h"
#include "alloc/tested_log.h"
#include "crash/model.h"

namespace seawall::alloc {

using crash::ModelOperation;

namespace {

// Flushes cost nothing there, and there is nothing to lose but time.
std::string directory() {
  const bool has_memory = std::filesystem::is_directory("/dev/shm");
  std::string name =
      (has_memory ? std::string("/dev/shm/") : testing::TempDir()) + "seawall-XXXXXX";
  return mkdtemp(name.data()) == nullptr ? testing::TempDir() : name;
}

}  // namespace

ModelOperation apply(std::string client, BatchId id, std::string data, std::string producer) {
  return {false, false, std::move(client), std::move(id), std::move(producer), std::move(data)};
}

ModelOperation clear(std::string client, BatchId id, bool keep_ids) {
  return {true, keep_ids, std::move(client), std::move(id), "", ""};
}

World::World(const Setting& setting, std::shared_ptr<const StateInterpreterInterface> interpreter,
             Caller::Refusals refusals)
    : refusals_(refusals), interpreter_(std::move(interpreter)), caller_(std::move(refusals)) {
  constexpr std::uint64_t kSegmentBytes = std::uint64_t{64} << 10;
  place_.name = {"", "log"};
  place_.threaded = setting.threaded;
  place_.options.log_bytes_max = std::size_t{16} << 10;
  if (setting.files) {
    base_dir_ = directory();
    place_.name.base_dir = base_dir_;
    place_.storage = std::make_shared<FileSystemStorage>(FileSystemStorageOptions{
        .segment_bytes_min = kSegmentBytes, .segment_bytes_max = 4 * kSegmentBytes});
  } else {
    place_.storage = std::make_shared<MemoryStorage>();
  }
}

World::~World() {
  log_.reset();
  if (!base_dir_.empty()) std::filesystem::remove_all(base_dir_);
}

VolumeName World::copy_name() const {
  return {place_.name.base_dir, "copy"};
}

void World::expect(bool holds, const std::string& text) {
  if (!holds && wrong_.empty()) wrong_ = text;
}

std::string World::wrong() const {
  if (!wrong_.empty()) return wrong_;
  for (const auto& other : others_) {
    if (!other->wrong().empty()) return other->wrong();
  }
  return caller_.wrong();
}

void World::open() {
  auto opened = TestedLog::open(interpreter_, place_);
  expect_refusal(opened, "open: ");
  if (opened) log_ = std::move(*opened);
}

void World::reopen() {
  if (!log_) open();
  if (!log_) return expect(false, "cannot be opened");
  // What poisoned it is told by the calls.
  static_cast<void>(log_->close().has_value());
  log_.reset();
  auto opened = TestedLog::open(interpreter_, place_);
  if (!opened) return expect(false, "opened again: " + to_string(opened.error()));
  log_ = std::move(*opened);
}

void World::fill() {
  open();
  if (!log_) return;
  caller_.commit(*log_, {apply("whole", 1, "w1;")});
  caller_.commit(*log_, {apply("whole", 2, "w2;")});
  caller_.commit(*log_, {apply("texts", "t-1", "x1;", "p")});
  caller_.commit(*log_, {apply("texts", 7, "x2;"), apply("again", 1, "a1;")});
  caller_.commit(*log_, {apply("ended", 3, "e1;")});
  caller_.commit(*log_, {apply("gone", 4, "g1;")});
  caller_.commit(*log_, {apply("large", 1, std::string(200, 'l'))});
  caller_.commit(*log_, {clear("again", 9)});
  caller_.commit(*log_, {apply("again", 1, "a2;")});
  caller_.checkpoint(*log_);
  caller_.commit(*log_, {clear("ended", 5, true)});
  caller_.commit(*log_, {clear("gone")});
  caller_.commit(*log_, {apply("whole", 5, "w3;")});
  caller_.commit(*log_, {apply("large", 2, "small;")});
  caller_.commit(*log_, {apply("texts", "t-2", "x3;", "p")});
}

void World::finish() {
  if (!log_) open();
  if (!log_) return expect(false, "cannot be opened any more");
  was_poisoned_ = caller_.poisoned();
  const auto go_on = [&] {
    for (const char* client : {"whole", "texts", "again", "ended", "gone", "large", "new"}) {
      caller_.commit(*log_, {apply(client, BatchId(next_id_++), "n;")});
    }
    caller_.read(*log_);
  };
  caller_.read(*log_);
  go_on();
  was_poisoned_ = was_poisoned_ || caller_.poisoned();
  reopen();
  if (!log_ || !wrong().empty()) return;
  caller_.allow({});
  caller_.settle(*log_);
  for (const auto& other : others_) other->settle(*log_);
  go_on();
  caller_.checkpoint(*log_);
  expect(!caller_.poisoned(), "poisoned again");
  reopen();
  if (!log_ || !wrong().empty()) return;
  caller_.settle(*log_);
  const auto verified =
      LogReader::verify(place_.storage, place_.name.service_name, place_.name.base_dir);
  expect(verified.has_value() && verified->damage.empty(), "verify finds damage");
}

}  // namespace seawall::alloc
