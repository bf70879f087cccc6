#pragma once

/// \file
/// Looking at a log that a writer may be changing at the same moment.
///
/// A reader takes no lock, so that what it finds may be an accident of the moment: a listing shows
/// neither of two manifests that take turns, and a file is gone when it is opened. Such a finding
/// is looked at again (look_decision.h). A file that is missing later is judged by the manifest
/// that named it: a writer removes the manifest's name first, then what it set free.

#include <cstdint>
#include <optional>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/volume_view.h"

namespace seawall::storage {

struct SteadyLook {
  std::optional<VolumeView> view;  ///< Nothing where no log was ever completed.
  bool has_writer = false;         ///< Somebody held the lock before the look or after it.
};

/// Looks until what is found is no accident of the moment. Errors: as `look`; `kBusy` when the log
/// kept changing.
[[nodiscard]] Result<SteadyLook> look_beside_writer(Directory& directory);

/// Tells whether `error` is damage or a log that moved on since manifest `number` was read: the
/// latter is `kBusy`.
[[nodiscard]] Error judge_beside_writer(Directory& directory, std::uint64_t number, Error error);

/// Fails with `kBusy` when a writer holds the lock: what was read on the belief that there is none
/// may not be durable yet.
[[nodiscard]] Result<void> refuse_a_writer(Directory& directory);

}  // namespace seawall::storage
