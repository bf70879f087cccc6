#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"

#include "storage/file/file_system.h"

namespace seawall::crash {

/// An open file as a meddler sees it. `name` is the one it was opened under.
struct MeddledFile {
  std::string name;
  storage::Directory& directory;
  storage::File& file;
  std::uint64_t shift = 0;  ///< For the meddler's own use, kept while the file is open.
  bool owes_flush = false;  ///< For the meddler's own use.
};

/// Stands between a log and its machine; each call may be passed on, changed or left out. What is
/// not overridden is passed on.
class Meddler {
 public:
  Meddler() = default;
  Meddler(const Meddler&) = delete;
  Meddler& operator=(const Meddler&) = delete;
  virtual ~Meddler() = default;

  virtual Result<std::string> read(MeddledFile& at, std::uint64_t offset, std::uint64_t length) {
    return at.file.read_at(offset, length);
  }
  virtual Result<void> write(MeddledFile& at, std::uint64_t offset, std::string_view bytes) {
    return at.file.write_at(offset, bytes);
  }
  virtual Result<void> sync(MeddledFile& at) { return at.file.sync_data(); }
  virtual Result<void> sync_names(storage::Directory& directory) { return directory.sync(); }
  virtual Result<void> unlink(storage::Directory& directory, std::string_view name) {
    return directory.unlink(name);
  }
};

/// Returns `machine` with `meddler` before it.
[[nodiscard]] std::shared_ptr<storage::FileSystem> meddled(
    std::shared_ptr<storage::FileSystem> machine, std::shared_ptr<Meddler> meddler);

}  // namespace seawall::crash
