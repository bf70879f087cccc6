#pragma once

/// \file
/// A log in a directory, open for reading, possibly beside a writer. Takes no lock, writes nothing.
///
/// The manifest is read once: the engine reads objects and log of one and the same view. Anything
/// unreadable is damage only if that manifest is still the newest; else `kBusy` says that the log
/// moved on and is to be opened again.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/file/file_system.h"
#include "storage/file/object_files.h"
#include "storage/file/segment.h"
#include "storage/file/volume_view.h"

namespace seawall::storage {

class FileVolumeReader final : public VolumeReader {
 public:
  /// Errors: `kNotFound` when no log was completed in `directory`.
  [[nodiscard]] static Result<std::unique_ptr<VolumeReader>> open(
      std::unique_ptr<Directory> directory);

  [[nodiscard]] LogId log_id() const override { return view_.manifest.log_id; }
  [[nodiscard]] PublishedManifest manifest() const override;
  [[nodiscard]] Result<std::unique_ptr<GroupScan>> scan() override;
  [[nodiscard]] Result<std::unique_ptr<SalvageScan>> salvage() override;
  [[nodiscard]] std::string object_file(std::string_view name) const override;
  [[nodiscard]] Result<std::string> get(std::string_view name, std::uint64_t offset,
                                        std::uint64_t length) override;
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::uint64_t>>> list() override;
  [[nodiscard]] Place describe(Location location) const override { return place_of(location); }
  [[nodiscard]] VolumeStats stats() const override;

 private:
  FileVolumeReader(std::shared_ptr<Directory> directory, VolumeView view, std::optional<Lsn> limit);

  const std::shared_ptr<Directory> directory_;
  const VolumeView view_;
  const std::optional<Lsn> limit_;  ///< What a living writer had made durable.
  ObjectFiles objects_;
};

}  // namespace seawall::storage
