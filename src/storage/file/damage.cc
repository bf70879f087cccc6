#include "storage/file/damage.h"

#include <cstdint>
#include <string>
#include <utility>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/version.h"

namespace seawall::storage {

Error damage(std::string file, std::uint64_t offset, const std::string& what, Lsn begin, Lsn end) {
  Error error;
  error.code = Errc::kCorrupt;
  error.message = what + "; run verify, then repair or restore a copy";
  error.file = std::move(file);
  error.offset = offset;
  error.begin_lsn = begin.value;
  error.end_lsn = end.value;
  return error;
}

Error foreign(std::string file, const std::string& what) {
  Error error;
  error.code = Errc::kForeign;
  error.message = what + "; name another directory, or move that away";
  error.file = std::move(file);
  return error;
}

Error unsupported(std::string file, std::uint64_t offset, std::uint16_t version) {
  Error error;
  error.code = Errc::kUnsupported;
  error.message = "format version " + std::to_string(version) +
                  " or features unknown to this library, which reads versions " +
                  std::to_string(kFormatVersionMin) + " to " + std::to_string(kFormatVersion) +
                  "; upgrade Seawall";
  error.file = std::move(file);
  error.offset = offset;
  return error;
}

Error invalid_argument(std::string message) {
  Error error;
  error.code = Errc::kInvalidArgument;
  error.message = std::move(message);
  return error;
}

}  // namespace seawall::storage
