#include "crash/finished_log.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "seawall/error.h"
#include "seawall/types.h"

#include "crash/list_interpreter.h"
#include "crash/model.h"
#include "crash/workload.h"
#include "engine/log_engine.h"
#include "format/group.h"
#include "storage/file/file_names.h"
#include "storage/file/file_storage.h"
#include "storage/file/file_system.h"
#include "storage/file/mark.h"
#include "storage/file/segment.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/volume_manifest.h"

namespace seawall::crash {
namespace {

constexpr int kLives = 3;
constexpr std::size_t kDataBytes = 12;

int calls_per_life(LogEnd end) {
  return end == LogEnd::kWithoutCheckpoints ? 12 : 40;
}

// Few enough segments that the storage does not ask for a checkpoint.
std::uint64_t segment_bytes(LogEnd end) {
  return end == LogEnd::kWithoutCheckpoints ? 12 << 10 : 8 << 10;
}

engine::EngineConfig config(LogEnd end) {
  Options options;
  if (end == LogEnd::kWithoutCheckpoints) return {options, false};
  options.log_bytes_max = 12 << 10;
  options.live_state_bytes_max = 600;
  return {options, false};
}

}  // namespace

FileBytes read_directory(const std::string& path) {
  FileBytes files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().filename()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

void write_directory(const std::string& path, const FileBytes& files) {
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  for (const auto& [name, bytes] : files) {
    std::ofstream(path + "/" + name, std::ios::binary) << bytes;
  }
}

std::shared_ptr<storage::SimulatedFileSystem> load(const FileBytes& files) {
  auto machine = std::make_shared<storage::SimulatedFileSystem>();
  EXPECT_TRUE(machine->create_directories("/base/log"));
  for (const auto& [name, bytes] : files) machine->set_bytes("/base/log", name, bytes);
  return machine;
}

std::string FinishedLog::write(LogEnd end) {
  std::string base = testing::TempDir() + "seawall-damage-XXXXXX";
  if (mkdtemp(base.data()) == nullptr) return "no temporary directory";
  std::string wrong;
  for (int life = 0; life < kLives && wrong.empty(); ++life) wrong = live(base, end, life);
  std::filesystem::remove_all(base);
  if (end == LogEnd::kMarkLost) {
    files_.erase(std::string(storage::kMarkName));
    older_.erase(std::string(storage::kMarkName));
  }
  if (!wrong.empty()) return wrong;
  take_apart();
  return find_groups();
}

std::string FinishedLog::live(const std::string& base, LogEnd end, int life) {
  auto opened =
      engine::LogEngine::open(std::make_shared<ListInterpreter>(true),
                              storage::make_file_storage(storage::posix_file_system(),
                                                         {.segment_bytes_min = segment_bytes(end),
                                                          .segment_bytes_max = segment_bytes(end),
                                                          .group_align_bytes = 64}),
                              {base, "log"}, config(end));
  if (!opened) return to_string(opened.error());
  engine::LogEngine& log = **opened;
  const std::string directory = base + "/log";
  remember(directory);
  Workload workload(static_cast<std::uint64_t>(life) + 1);
  for (int call = 0; call < calls_per_life(end); ++call) {
    const bool batch = workload.next_step() == StepKind::kBatch;
    auto operations = batch ? workload.next_batch() : std::vector{workload.next_operation()};
    // Short ones: the matrix goes through every bit.
    for (ModelOperation& operation : operations) {
      operation.data.resize(std::min(operation.data.size(), kDataBytes));
    }
    if (std::string wrong = commit(log, operations); !wrong.empty()) return wrong;
    remember(directory);
  }
  const bool is_closed = life + 1 < kLives || end == LogEnd::kWithoutCheckpoints;
  if (!is_closed) files_ = read_directory(directory);
  const auto closed = log.close();
  if (!closed) return to_string(closed.error());
  if (is_closed) files_ = read_directory(directory);
  return "";
}

std::string FinishedLog::commit(engine::LogEngine& log,
                                const std::vector<ModelOperation>& operations) {
  Model model = models_.back();
  std::vector<Operation> views;
  std::vector<ModelOperation> committed;
  for (const ModelOperation& operation : operations) {
    views.push_back(operation.view());
    if (model.apply(operation) == Outcome::kCommitted) committed.push_back(operation);
  }
  const auto ticket = log.submit(views, nullptr);
  if (!ticket) return to_string(ticket.error());
  if (const auto waited = log.wait(ticket->lsn); !waited) return to_string(waited.error());
  if (committed.empty()) return "";
  models_.push_back(std::move(model));
  records_.push_back(std::move(committed));
  return log.durable_lsn() == acknowledged() ? "" : "the log and the model count differently";
}

void FinishedLog::remember(const std::string& directory) {
  for (auto& [name, bytes] : read_directory(directory)) older_[name].insert(std::move(bytes));
}

const std::vector<FilePart>& FinishedLog::parts(const std::string& file) const {
  static const std::vector<FilePart> none;
  const auto found = parts_.find(file);
  return found == parts_.end() ? none : found->second;
}

std::set<std::string> FinishedLog::clients(const LogGroup& group) const {
  std::set<std::string> names;
  for (std::uint64_t lsn = group.first.value; lsn < group.end.value; ++lsn) {
    for (const ModelOperation& operation : records_[lsn]) names.insert(operation.client);
  }
  return names;
}

std::uint64_t FinishedLog::count(const std::string& prefix) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      files_, [&](const auto& file) { return file.first.starts_with(prefix); }));
}

// Everything but the groups.
void FinishedLog::take_apart() {
  for (const auto& [name, bytes] : files_) {
    const storage::FileName file = storage::classify(name);
    std::vector<FilePart>& parts = parts_[name];
    switch (file.kind) {
      case storage::FileKind::kMark:
        for (const std::uint64_t slot : {std::uint64_t{0}, storage::kMarkSlotDistance}) {
          parts.push_back({.begin = slot, .end = slot + storage::kMarkSlotBytes});
        }
        break;
      case storage::FileKind::kManifest:
      case storage::FileKind::kDirectory:
      case storage::FileKind::kObject:
        parts.push_back({.begin = 0, .end = bytes.size()});
        break;
      case storage::FileKind::kSegment:
        parts.push_back({.begin = 0, .end = storage::kIdentityBytes});
        break;
      default:
        break;
    }
  }
}

std::string FinishedLog::find_groups() {
  const auto volume = storage::make_file_storage(load(files_))->read({"/base", "log"});
  if (!volume) return to_string(volume.error());
  start_ = (*volume)->manifest().log_start;
  const auto scan = (*volume)->scan();
  if (!scan) return to_string(scan.error());
  Epoch epoch;
  for (;;) {
    const auto found = (*scan)->next();
    if (!found) return to_string(found.error());
    if (!*found) return "";
    const auto header = format::decode_group_header((*found)->bytes);
    const Place place = (*volume)->describe((*found)->location);
    if (groups_.empty() || groups_.back().file != place.file) {
      if (!enter_segment((*volume)->log_id(), place.file, epoch)) return "a segment without a head";
    }
    parts_[place.file].push_back({.begin = place.offset,
                                  .end = place.offset + header->group_bytes(),
                                  .group = groups_.size()});
    groups_.push_back({.file = place.file,
                       .offset = place.offset,
                       .first = header->first_lsn,
                       .end = header->end_lsn()});
  }
}

bool FinishedLog::enter_segment(const LogId& log_id, const std::string& file, Epoch& epoch) {
  const std::string_view bytes = files_[file];
  const storage::SegmentInfo info{.number = storage::classify(file).number, .bytes = bytes.size()};
  const auto recycled =
      storage::check_identity(bytes.substr(0, storage::kIdentityBytes), log_id, info);
  const auto start = storage::decode_start(bytes.substr(info.start_offset(), storage::kStartBytes),
                                           log_id, info.number);
  if (!recycled || !start) return false;
  if (*recycled) ++recycled_;
  FilePart part{.begin = info.start_offset(), .end = info.groups_offset()};
  if (start->epoch == epoch) part.group = groups_.size();
  epoch = start->epoch;
  parts_[file].push_back(part);
  return true;
}

}  // namespace seawall::crash
