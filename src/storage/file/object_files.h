#pragma once

/// \file
/// The engine's objects: immutable files, read from any thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"

namespace seawall::storage {

/// Keeps a bounded number of files open, since a client's checkpoint is a small read in a large
/// object. Thread safe.
class ObjectFiles {
 public:
  explicit ObjectFiles(Directory& directory) : directory_(directory) {}

  /// Errors: `kCorrupt` when the object is missing, shorter or unreadable there,
  /// `kInvalidArgument` for a bad name.
  [[nodiscard]] Result<std::string> get(std::string_view name, std::uint64_t offset,
                                        std::uint64_t length);

  /// Returns names and sizes in bytes.
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::uint64_t>>> list() const;

  /// Closes `name` before it is removed.
  void forget(std::string_view name);

 private:
  [[nodiscard]] Result<std::shared_ptr<const File>> open(const std::string& file_name);

  Directory& directory_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const File>, std::less<>> open_;
};

}  // namespace seawall::storage
