#pragma once

/// \file
/// The file storage on any file system; `FileSystemStorage` is this on the system's own.

#include <memory>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"

#include "storage/file/file_system.h"

namespace seawall::storage {

[[nodiscard]] std::shared_ptr<StorageInterface> make_file_storage(
    std::shared_ptr<FileSystem> file_system, FileSystemStorageOptions options = {});

}  // namespace seawall::storage
