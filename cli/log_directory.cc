#include "log_directory.h"

#include <expected>
#include <filesystem>
#include <string>
#include <system_error>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

namespace seawall::cli {
namespace {

namespace fs = std::filesystem;

Error not_a_log(const std::string& dir, const std::string& why) {
  return {Errc::kInvalidArgument, 0, "'" + dir + "' " + why, {}};
}

}  // namespace

Result<VolumeName> log_directory(const std::string& dir) {
  std::error_code fault;
  fs::path path = fs::absolute(dir, fault);
  if (fault || dir.empty()) return std::unexpected(not_a_log(dir, "is not a path"));
  if (!path.has_filename()) path = path.parent_path();
  const bool by_dots = path.filename() == "." || path.filename() == "..";
  if (by_dots) path = fs::weakly_canonical(path, fault);
  const fs::path parent = fs::weakly_canonical(path.parent_path(), fault);
  if (fault) return std::unexpected(not_a_log(dir, "cannot be resolved: " + fault.message()));
  if (!path.has_filename()) return std::unexpected(not_a_log(dir, "cannot be a log"));
  const fs::file_status status = fs::status(path, fault);
  if (fs::exists(status) && !fs::is_directory(status)) {
    return std::unexpected(not_a_log(dir, "is not a directory"));
  }
  return VolumeName{.base_dir = parent.string(), .service_name = path.filename().string()};
}

}  // namespace seawall::cli
