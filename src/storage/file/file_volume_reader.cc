#include "storage/file/file_volume_reader.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/file/beside_writer.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/log_salvage.h"
#include "storage/file/log_walk.h"
#include "storage/file/segment.h"
#include "storage/file/volume_view.h"

namespace seawall::storage {
namespace {

Error no_log() {
  Error error;
  error.code = Errc::kNotFound;
  error.message = "there is no log; a writer creates one";
  return error;
}

/// Judges what the walk cannot read against the manifest, and a walk that had no limit against
/// writers that came during it.
class ReaderScan final : public GroupScan {
 public:
  ReaderScan(std::shared_ptr<Directory> directory, std::uint64_t manifest_number,
             std::unique_ptr<LogWalk> walk, bool is_limited)
      : directory_(std::move(directory)),
        manifest_number_(manifest_number),
        walk_(std::move(walk)),
        is_limited_(is_limited) {}

  [[nodiscard]] Result<std::optional<ScannedGroup>> next() override {
    Result<std::optional<ScannedGroup>> group = walk_->next();
    if (!group) {
      return std::unexpected(
          judge_beside_writer(*directory_, manifest_number_, std::move(group.error())));
    }
    if (!*group && !is_limited_) {
      if (Result<void> alone = refuse_a_writer(*directory_); !alone) {
        return std::unexpected(std::move(alone.error()));
      }
    }
    return group;
  }
  void skip_below(Lsn lsn) override { walk_->skip_below(lsn); }
  [[nodiscard]] ChainEnd chain_end() const override { return walk_->chain_end(); }
  [[nodiscard]] std::uint64_t torn_bytes() const override { return walk_->torn_bytes(); }

 private:
  std::shared_ptr<Directory> directory_;
  std::uint64_t manifest_number_;
  std::unique_ptr<LogWalk> walk_;
  bool is_limited_;
};

}  // namespace

Result<std::unique_ptr<VolumeReader>> FileVolumeReader::open(std::unique_ptr<Directory> directory) {
  Result<SteadyLook> look = look_beside_writer(*directory);
  if (!look) return std::unexpected(std::move(look.error()));
  std::optional<VolumeView>& found = look->view;
  if (!found) return std::unexpected(no_log());
  std::optional<Lsn> limit;
  if (look->has_writer) {
    Lsn durable = found->manifest.durable;
    if (found->mark) durable = std::max(durable, found->mark->durable);
    limit = durable;
  }
  return std::unique_ptr<VolumeReader>(
      new FileVolumeReader(std::move(directory), std::move(*found), limit));
}

FileVolumeReader::FileVolumeReader(std::shared_ptr<Directory> directory, VolumeView view,
                                   std::optional<Lsn> limit)
    : directory_(std::move(directory)),
      view_(std::move(view)),
      limit_(limit),
      objects_(*directory_) {}

PublishedManifest FileVolumeReader::manifest() const {
  return {.number = view_.manifest.number,
          .bytes = view_.manifest.engine_bytes,
          .log_start = view_.manifest.log_start};
}

Result<std::unique_ptr<GroupScan>> FileVolumeReader::scan() {
  Result<std::unique_ptr<LogWalk>> walk =
      LogWalk::open(*directory_, {.manifest = view_.manifest, .mark = view_.mark, .limit = limit_});
  if (!walk) {
    return std::unexpected(
        judge_beside_writer(*directory_, view_.manifest.number, std::move(walk.error())));
  }
  return std::make_unique<ReaderScan>(directory_, view_.manifest.number, std::move(*walk),
                                      limit_.has_value());
}

Result<std::unique_ptr<SalvageScan>> FileVolumeReader::salvage() {
  Result<std::unique_ptr<LogSalvage>> salvage = LogSalvage::open(
      *directory_, {.manifest = view_.manifest, .mark = view_.mark, .limit = limit_});
  if (!salvage) {
    return std::unexpected(
        judge_beside_writer(*directory_, view_.manifest.number, std::move(salvage.error())));
  }
  if (!limit_) {
    if (Result<void> alone = refuse_a_writer(*directory_); !alone) {
      return std::unexpected(std::move(alone.error()));
    }
  }
  // A writer that moved on looks like damage.
  if (const std::vector<LogGap>& gaps = (*salvage)->gaps(); !gaps.empty()) {
    Error error =
        judge_beside_writer(*directory_, view_.manifest.number, gaps.front().report.error);
    if (error.code == Errc::kBusy) return std::unexpected(std::move(error));
  }
  return std::unique_ptr<SalvageScan>(std::move(*salvage));
}

std::string FileVolumeReader::object_file(std::string_view name) const {
  return object_name(name);
}

Result<std::string> FileVolumeReader::get(std::string_view name, std::uint64_t offset,
                                          std::uint64_t length) {
  Result<std::string> bytes = objects_.get(name, offset, length);
  if (bytes || bytes.error().code == Errc::kInvalidArgument) return bytes;
  return std::unexpected(
      judge_beside_writer(*directory_, view_.manifest.number, std::move(bytes.error())));
}

Result<std::vector<std::pair<std::string, std::uint64_t>>> FileVolumeReader::list() {
  return objects_.list();
}

VolumeStats FileVolumeReader::stats() const {
  VolumeStats stats;
  if (const auto objects = objects_.list()) {
    for (const auto& [name, bytes] : *objects) stats.object_bytes += bytes;
  }
  stats.segments = view_.manifest.segments.size();
  for (const SegmentInfo& info : view_.manifest.segments) stats.log_bytes += info.bytes;
  stats.durable_mark = view_.manifest.durable;
  if (view_.mark) stats.durable_mark = std::max(stats.durable_mark, view_.mark->durable);
  return stats;
}

}  // namespace seawall::storage
