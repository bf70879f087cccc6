#pragma once

#include <memory>

#include "seawall/error.h"

#include "storage/file/file_system.h"

namespace seawall::storage {

/// Takes the directory's lock, trying for half a second, since a reader's probe may disturb one
/// try. `kLocked` names the holder's process.
[[nodiscard]] Result<std::unique_ptr<DirectoryLock>> lock_for_writing(FileSystem& file_system,
                                                                      Directory& directory);

/// Notes this process's id in file `pid`, for the message of `kLocked` only: failure changes
/// nothing but that message.
void note_writer(Directory& directory);

}  // namespace seawall::storage
