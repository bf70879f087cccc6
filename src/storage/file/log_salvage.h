#pragma once

/// \file
/// Walks a damaged log past its damage (docs/design/0007-damage.md).
///
/// Every segment is searched for sound groups that can only be this log's: log id, epoch, number
/// and LSN may not fall, a group with the expected number must chain, and none is taken from behind
/// the place where the next segment took over. What lies between two groups that do not chain is a
/// gap. (Epoch, number) is never given out twice, so stale bytes are always below what is expected;
/// a group that a writer cut off was torn then and is so now.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/group.h"
#include "storage/file/file_system.h"
#include "storage/file/gap_evidence.h"
#include "storage/file/log_walk.h"
#include "storage/file/segment_bytes.h"
#include "storage/file/segment_evidence.h"

namespace seawall::storage {

class LogSalvage final : public SalvageScan {
 public:
  /// Searches the segments of `input.manifest` and names the gaps; reads every listed byte that can
  /// be read. `directory` must outlive the salvage. Errors:
  /// `kCorrupt` when a newer manifest is missing, `kUnsupported`, `kIo`.
  [[nodiscard]] static Result<std::unique_ptr<LogSalvage>> open(Directory& directory,
                                                                WalkInput input);

  [[nodiscard]] Result<std::optional<ScannedGroup>> next() override;
  [[nodiscard]] ChainEnd chain_end() const override { return chain_; }
  [[nodiscard]] std::uint64_t torn_bytes() const override { return 0; }
  [[nodiscard]] const std::vector<LogGap>& gaps() const override { return gaps_; }

 private:
  LogSalvage(Directory& directory, WalkInput input, std::vector<SegmentRemains> segments);

  [[nodiscard]] Result<void> collect();
  [[nodiscard]] Result<void> collect_segment(std::size_t index);
  void enter(std::size_t index);
  /// Returns the header of the group at `offset` if it can be the log's next.
  [[nodiscard]] Result<std::optional<format::GroupHeader>> sound_at(std::uint64_t offset);
  [[nodiscard]] Result<std::optional<std::uint64_t>> search(std::uint64_t begin);
  [[nodiscard]] bool may_follow(const format::GroupHeader& header, std::uint64_t offset) const;
  [[nodiscard]] Result<bool> frames_hold(const format::GroupHeader& header, std::uint64_t offset);
  void learn(const format::GroupHeader& header);
  void accept(const format::GroupHeader& header, std::uint64_t offset);
  [[nodiscard]] bool goes_on_in_next_segment() const;
  void note_gap(Lsn end, bool open_ended);
  [[nodiscard]] std::optional<std::size_t> missing_start() const;
  [[nodiscard]] Result<bool> newest_bytes_lost();
  [[nodiscard]] Result<bool> bytes_lost_in(std::size_t index);
  [[nodiscard]] Result<void> close_log();

  [[nodiscard]] const SegmentEvidence& current() const { return segments_[current_].evidence; }

  Directory& directory_;
  const WalkInput input_;
  std::vector<SegmentRemains> segments_;
  std::vector<FoundGroup> groups_;
  std::vector<FoundGap> found_gaps_;
  std::vector<LogGap> gaps_;
  ChainEnd chain_;         ///< What the next group should continue.
  bool anchored_ = false;  ///< `chain_` is known.
  Lsn proven_end_{1};      ///< Every LSN below is known to have been durable.
  std::uint64_t last_number_ = 0;
  bool newer_epoch_ = false;
  std::size_t current_ = 0;
  std::size_t last_segment_ = 0;                ///< Of the last group taken.
  std::uint64_t last_end_ = 0;                  ///< Behind it.
  std::uint64_t number_end_ = 0;                ///< First group number that the next segment has.
  std::unique_ptr<SegmentBytes> bytes_;         ///< Of the current segment.
  std::unique_ptr<SegmentBytes> frames_;        ///< The same, so that a search keeps its window.
  std::unique_ptr<SegmentBytes> groups_bytes_;  ///< Of the segment `next` is in.
  std::size_t next_ = 0;
};

}  // namespace seawall::storage
