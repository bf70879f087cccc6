#include "crash/mutants.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/types.h"

#include "crash/meddled_file_system.h"
#include "format/group.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/segment.h"
#include "storage/file/volume_manifest.h"

namespace seawall::crash {
namespace {

using storage::Directory;

/// Says what the file is or will be once it is renamed.
storage::FileName final_name(std::string_view name) {
  if (name.ends_with(storage::kTemporarySuffix)) {
    name.remove_suffix(storage::kTemporarySuffix.size());
  }
  return storage::classify(name);
}

bool is_segment(const MeddledFile& at) {
  return final_name(at.name).kind == storage::FileKind::kSegment;
}

class NoFlushes final : public Meddler {
 public:
  Result<void> sync(MeddledFile& /*at*/) override { return {}; }
};

class NoDirectorySyncs final : public Meddler {
 public:
  Result<void> sync_names(Directory& /*directory*/) override { return {}; }
};

class LateFlushes final : public Meddler {
 public:
  Result<void> write(MeddledFile& at, std::uint64_t offset, std::string_view bytes) override {
    if (std::exchange(at.owes_flush, false)) {
      if (Result<void> synced = at.file.sync_data(); !synced) return synced;
    }
    return at.file.write_at(offset, bytes);
  }
  Result<void> sync(MeddledFile& at) override {
    if (!is_segment(at)) return at.file.sync_data();
    at.owes_flush = true;
    return {};
  }
};

class SecondFlushes final : public Meddler {
 public:
  Result<void> sync(MeddledFile& at) override {
    if (at.file.sync_data()) return {};
    return at.file.sync_data();
  }
};

class NoRewriting final : public Meddler {
 public:
  Result<void> write(MeddledFile& at, std::uint64_t offset, std::string_view bytes) override {
    if (const auto start = start_behind_the_copy(at, bytes); start) {
      at.shift = storage::round_up(bytes.size() - storage::kStartBytes, storage::kGroupStep);
      return at.file.write_at(offset, *start);
    }
    return at.file.write_at(offset < storage::kPageBytes ? offset : offset - at.shift, bytes);
  }

 private:
  static std::optional<std::string> start_behind_the_copy(const MeddledFile& at,
                                                          std::string_view bytes) {
    if (!is_segment(at) || bytes.size() <= storage::kStartBytes) return std::nullopt;
    const auto header = format::decode_group_header(bytes.substr(storage::kStartBytes));
    if (!header) return std::nullopt;
    auto start = storage::decode_start(bytes.substr(0, storage::kStartBytes), header->log_id,
                                       final_name(at.name).number);
    if (!start || start->copied_groups == 0) return std::nullopt;
    start->first_group = header->group_number + 1;
    start->first_lsn = header->end_lsn();
    start->previous_checksum = header->checksum;
    start->previous_retention_us = header->time.retention_us;
    start->copied_groups = 0;
    start->copied_end = start->first_lsn;
    return storage::encode_start(header->log_id, *start);
  }
};

class ErrorsAreEnds final : public Meddler {
 public:
  Result<std::string> read(MeddledFile& at, std::uint64_t offset, std::uint64_t length) override {
    Result<std::string> bytes = at.file.read_at(offset, length);
    if (bytes || !is_segment(at)) return bytes;
    return std::string(length, '\0');
  }
};

class EarlyRecycling final : public Meddler {
 public:
  Result<void> write(MeddledFile& at, std::uint64_t offset, std::string_view bytes) override {
    const storage::FileName name = final_name(at.name);
    if (name.kind == storage::FileKind::kManifest) remove_unlisted(at.directory, name, bytes);
    return at.file.write_at(offset, bytes);
  }

 private:
  static void remove_unlisted(Directory& directory, const storage::FileName& manifest,
                              std::string_view bytes) {
    const auto decoded = storage::decode_volume_manifest(bytes, manifest.number);
    const auto inventory = storage::take_inventory(directory);
    if (!decoded || !inventory) return;
    for (const std::uint64_t number : inventory->segments) {
      bool listed = false;
      for (const storage::SegmentInfo& info : decoded->segments) listed |= info.number == number;
      if (!listed) static_cast<void>(directory.unlink(storage::segment_name(number)).has_value());
    }
  }
};

class EarlyStart final : public Meddler {
 public:
  Result<void> write(MeddledFile& at, std::uint64_t offset, std::string_view bytes) override {
    const storage::FileName name = final_name(at.name);
    if (name.kind != storage::FileKind::kManifest) return at.file.write_at(offset, bytes);
    auto decoded = storage::decode_volume_manifest(bytes, name.number);
    // A log that never trimmed anything starts where it starts.
    if (!decoded || decoded->log_start.value == 1) return at.file.write_at(offset, bytes);
    ++decoded->log_start.value;
    return at.file.write_at(offset, storage::encode_volume_manifest(*decoded));
  }
};

class NoMark final : public Meddler {
 public:
  Result<std::string> read(MeddledFile& at, std::uint64_t offset, std::uint64_t length) override {
    if (final_name(at.name).kind == storage::FileKind::kMark) return std::string(length, '\0');
    return at.file.read_at(offset, length);
  }
};

class NoEpoch final : public Meddler {
 public:
  Result<std::string> read(MeddledFile& at, std::uint64_t offset, std::uint64_t length) override {
    Result<std::string> bytes = at.file.read_at(offset, length);
    const storage::FileName name = final_name(at.name);
    if (!bytes || name.kind != storage::FileKind::kManifest) return bytes;
    auto manifest = storage::decode_volume_manifest(*bytes, name.number);
    if (!manifest) return bytes;
    Epoch newest;
    for (const storage::SegmentInfo& info : manifest->segments) {
      newest = std::max(newest, epoch_of(at.directory, *manifest, info));
    }
    manifest->epoch = newest;
    return storage::encode_volume_manifest(*manifest);
  }

 private:
  static Epoch epoch_of(Directory& directory, const storage::VolumeManifest& manifest,
                        const storage::SegmentInfo& info) {
    const auto file = directory.open(storage::segment_name(info.number), storage::OpenMode::kRead);
    if (!file) return {};
    const auto bytes = (*file)->read_at(info.start_offset(), storage::kStartBytes);
    if (!bytes) return {};
    const auto start = storage::decode_start(*bytes, manifest.log_id, info.number);
    return start && start->epoch <= manifest.epoch ? start->epoch : Epoch{};
  }
};

class NoFrameChecksums final : public Meddler {
 public:
  Result<std::string> read(MeddledFile& at, std::uint64_t offset, std::uint64_t length) override {
    if (!is_segment(at)) return at.file.read_at(offset, length);
    constexpr std::uint64_t kSegmentBytesMax = 1 << 20;
    Result<std::string> whole = at.file.read_at(0, kSegmentBytesMax);
    if (!whole) return whole;
    mend(*whole);
    return offset < whole->size() ? whole->substr(offset, length) : std::string();
  }

 private:
  /// Makes every checksum right, those of the groups behind included.
  static void mend(std::string& segment) {
    std::optional<std::uint32_t> previous;
    for (std::uint64_t at = storage::kPageBytes; at < segment.size();) {
      auto header = format::decode_group_header(std::string_view(segment).substr(at));
      if (!header || header->group_bytes() > segment.size() - at) return;
      std::string group(format::kGroupHeaderBytes, '\0');
      const std::string frames =
          segment.substr(at + format::kGroupHeaderBytes, header->frames_bytes);
      for (format::FrameWalk walk(frames); !walk.done();) format::put_frame(group, walk.next());
      if (group.size() != header->group_bytes()) return;
      header->previous_checksum = previous.value_or(header->previous_checksum);
      previous = format::seal_group(*header, group).checksum;
      segment.replace(at, group.size(), group);
      at += storage::round_up(group.size(), storage::kGroupStep);
    }
  }
};

}  // namespace

Files without_flushes(Files machine) {
  return meddled(std::move(machine), std::make_shared<NoFlushes>());
}
Files without_directory_syncs(Files machine) {
  return meddled(std::move(machine), std::make_shared<NoDirectorySyncs>());
}
Files acknowledging_before_the_flush(Files machine) {
  return meddled(std::move(machine), std::make_shared<LateFlushes>());
}
Files trusting_the_second_flush(Files machine) {
  return meddled(std::move(machine), std::make_shared<SecondFlushes>());
}
Files without_rewriting_the_tail(Files machine) {
  return meddled(std::move(machine), std::make_shared<NoRewriting>());
}
Files taking_errors_for_the_end(Files machine) {
  return meddled(std::move(machine), std::make_shared<ErrorsAreEnds>());
}
Files recycling_too_early(Files machine) {
  return meddled(std::move(machine), std::make_shared<EarlyRecycling>());
}
Files trimming_one_record_too_many(Files machine) {
  return meddled(std::move(machine), std::make_shared<EarlyStart>());
}
Files ignoring_the_mark(Files machine) {
  return meddled(std::move(machine), std::make_shared<NoMark>());
}
Files ignoring_the_epoch(Files machine) {
  return meddled(std::move(machine), std::make_shared<NoEpoch>());
}
Files believing_every_frame(Files machine) {
  return meddled(std::move(machine), std::make_shared<NoFrameChecksums>());
}

}  // namespace seawall::crash
