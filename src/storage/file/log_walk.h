#pragma once

/// \file
/// Walks the groups of a log through its segments and finds its end.
///
/// Every group must continue the chain: log id, group number, first LSN, checksum of the group
/// before it, an epoch that does not fall, and its own checksums. A segment that a later one
/// continues ends where that one's start block says; its later bytes are never judged. At the first
/// position of the newest segment that does not continue the chain, all the evidence behind it is
/// gathered and decide_tail (tail_decision.h) says what it is.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/group.h"
#include "storage/file/file_system.h"
#include "storage/file/mark.h"
#include "storage/file/segment.h"
#include "storage/file/segment_bytes.h"
#include "storage/file/segment_evidence.h"
#include "storage/file/tail_decision.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {

struct WalkInput {
  VolumeManifest manifest;
  std::optional<Mark> mark;
  /// Show groups up to this LSN and judge nothing behind it: a writer is at work there.
  std::optional<Lsn> limit;
};

/// A segment that is part of the log.
struct LogSegment {
  SegmentInfo info;
  std::uint64_t first_group = 0;
  Lsn first_lsn;
};

/// What a walk knows at its end, for the writer that starts there.
struct WalkEnd {
  ChainEnd chain;
  std::vector<LogSegment> segments;
  /// Segments that an open which never finished began.
  std::vector<std::uint64_t> abandoned_starts;
  /// The last group, when it is above every mark: it may be in the page cache only. At most one
  /// group can be, since one is in flight at a time.
  std::optional<Location> unproven;
  std::uint64_t unproven_bytes = 0;
  std::uint64_t unproven_group = 0;
  Lsn unproven_lsn;
};

using WalkEndSink = std::function<void(const WalkEnd&)>;

class LogWalk final : public GroupScan {
 public:
  /// Looks at the segments of `input.manifest`. `sink` is called once, when the end is found.
  /// `directory` must outlive the walk.
  [[nodiscard]] static Result<std::unique_ptr<LogWalk>> open(Directory& directory, WalkInput input,
                                                             WalkEndSink sink = {});

  [[nodiscard]] Result<std::optional<ScannedGroup>> next() override;
  void skip_below(Lsn lsn) override { skip_below_ = lsn; }
  [[nodiscard]] ChainEnd chain_end() const override { return end_.chain; }
  [[nodiscard]] std::uint64_t torn_bytes() const override { return torn_bytes_; }

 private:
  /// What lies at the current position.
  struct Position {
    bool continues = false;
    TailBytes bytes = TailBytes::kNothing;  ///< Meaningful unless `continues`.
    format::GroupHeader header;             ///< Meaningful when a sound header is there.
    bool header_sound = false;
    Error cause;  ///< Why bytes are `kUnreadable`.
  };
  /// What lies behind the current position.
  struct Later {
    bool group = false;  ///< A header with a higher group number.
    bool newer_epoch = false;
    Lsn first_lsn;              ///< Of the first such header, 0 without any.
    std::uint64_t segment = 0;  ///< Where the first header above the chain lies; 0 without any.
    /// Why a segment cannot say whether it was begun, which is then `segment`.
    std::optional<Error> unreadable;
  };

  LogWalk(Directory& directory, WalkInput input, std::vector<SegmentEvidence> segments,
          WalkEndSink sink);

  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> enter(std::size_t index);
  [[nodiscard]] std::optional<std::size_t> next_started(std::size_t from) const;
  [[nodiscard]] Result<bool> cross_to_next_segment();
  /// What is at the next group's place; nothing where the walk ends without looking.
  [[nodiscard]] Result<std::optional<Position>> seek();
  [[nodiscard]] Result<Position> judge();
  [[nodiscard]] Result<Position> judge_frames(const format::GroupHeader& header);
  [[nodiscard]] bool continues_chain(const format::GroupHeader& header) const;
  [[nodiscard]] bool is_past(const format::GroupHeader& header) const;
  [[nodiscard]] Result<ScannedGroup> copy(const format::GroupHeader& header);
  void pass(const format::GroupHeader& header);
  [[nodiscard]] Result<void> refuse_newer_version();
  [[nodiscard]] Result<void> end_of_sealed(const Position& position);
  [[nodiscard]] Result<void> end_of_log(Position position);
  [[nodiscard]] Result<void> look_behind(Later& later);
  [[nodiscard]] Result<void> look_into(std::size_t index, std::uint64_t begin, Later& later);
  [[nodiscard]] static Result<void> look_at_lost_start(SegmentBytes& bytes,
                                                       const SegmentEvidence& segment,
                                                       Later& later);
  [[nodiscard]] Result<TailBytes> zeros_or_bad();
  [[nodiscard]] Result<std::uint64_t> count_torn(const Position& position);
  [[nodiscard]] Result<Error> sealed_damage(const StartBlock& next);
  [[nodiscard]] static Error unreadable_damage(Error damage, const Error& cause);
  [[nodiscard]] Error tail_damage(const Later& later) const;
  [[nodiscard]] bool start_missing() const;
  void learn(const format::GroupHeader& header);
  void finish();

  [[nodiscard]] const SegmentEvidence& current() const { return segments_[current_]; }

  Directory& directory_;
  WalkInput input_;
  std::vector<SegmentEvidence> segments_;
  WalkEndSink sink_;
  WalkEnd end_;
  Lsn proven_end_{1};  ///< Every LSN below is known to have been durable.
  std::size_t current_ = 0;
  std::uint64_t offset_ = 0;
  std::unique_ptr<SegmentBytes> bytes_;
  std::optional<std::size_t> successor_;  ///< The started segment after the current one.
  std::uint64_t torn_bytes_ = 0;
  std::uint64_t zeros_end_ = 0;  ///< Of the zeros at the end of the log: no header begins there.
  Lsn skip_below_;               ///< Groups wholly below are not returned.
  bool ended_ = false;
};

}  // namespace seawall::storage
