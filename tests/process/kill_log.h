#pragma once

#include <memory>
#include <string>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/write_ahead_log.h"

#include "crash/list_interpreter.h"

namespace seawall::process {

inline constexpr const char* kService = "log";

/// Small segments and rounds after few records, so that a short life meets every kind of file.
inline std::shared_ptr<FileSystemStorage> small_segments() {
  return std::make_shared<FileSystemStorage>(
      FileSystemStorageOptions{.segment_bytes_min = 16'384, .segment_bytes_max = 65'536});
}

inline Options frequent_rounds() {
  Options options;
  options.checkpoint_state_share = 0;
  options.log_bytes_max = 65'536;
  return options;
}

inline Result<std::unique_ptr<WriteAheadLog>> open_small(const std::string& base_dir) {
  return WriteAheadLog::open(std::make_shared<crash::ListInterpreter>(true), small_segments(),
                             kService, base_dir, frequent_rounds());
}

inline Result<std::unique_ptr<LogReader>> read_small(const std::string& base_dir) {
  return LogReader::open(std::make_shared<crash::ListInterpreter>(true), small_segments(), kService,
                         base_dir);
}

}  // namespace seawall::process
