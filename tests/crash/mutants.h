#pragma once

/// \file
/// What the log would be with one safety step missing. Each is the real log over a file system that
/// undoes the step; a check that does not find it is no check (mutation_test.cc).

#include <memory>

#include "storage/file/file_system.h"

namespace seawall::crash {

using Files = std::shared_ptr<storage::FileSystem>;

/// Flushes of files do nothing and say they did.
[[nodiscard]] Files without_flushes(Files machine);
/// Syncs of directories do nothing and say they did.
[[nodiscard]] Files without_directory_syncs(Files machine);
/// Segments are flushed by the write after the one that was acknowledged.
[[nodiscard]] Files acknowledging_before_the_flush(Files machine);
/// A flush that fails is tried again, and believed.
[[nodiscard]] Files trusting_the_second_flush(Files machine);
/// An open begins its segment behind the group above every mark instead of copying it.
[[nodiscard]] Files without_rewriting_the_tail(Files machine);
/// What cannot be read of a segment is taken for its end.
[[nodiscard]] Files taking_errors_for_the_end(Files machine);
/// Segments go as soon as a manifest without them is written, before it is durable.
[[nodiscard]] Files recycling_too_early(Files machine);
/// The log starts one record behind what the checkpoints cover.
[[nodiscard]] Files trimming_one_record_too_many(Files machine);
/// The mark is never seen.
[[nodiscard]] Files ignoring_the_mark(Files machine);
/// The manifest's epoch is not held against the segments.
[[nodiscard]] Files ignoring_the_epoch(Files machine);
/// The frames of a group are believed whatever their checksums say.
[[nodiscard]] Files believing_every_frame(Files machine);

}  // namespace seawall::crash
