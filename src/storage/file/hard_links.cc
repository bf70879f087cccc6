#include "storage/file/hard_links.h"

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/segment.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {

Error has_other_names(std::string file) {
  Error error;
  error.code = Errc::kForeign;
  error.message = file +
                  " has another name (a hard link), and writing would change what that leads to; "
                  "put a real copy of the file in its place";
  error.file = std::move(file);
  return error;
}

Result<void> check_sole_names(const Directory& directory, const VolumeManifest& manifest) {
  std::vector<std::string> names{std::string(kMarkName)};
  for (const SegmentInfo& info : manifest.segments) names.push_back(segment_name(info.number));
  for (std::string& name : names) {
    const Result<FileStatus> status = directory.status_of(name);
    if (status && status->has_other_names) return std::unexpected(has_other_names(std::move(name)));
  }
  return {};
}

}  // namespace seawall::storage
