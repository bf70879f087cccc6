#include "seawall/error.h"

#include <string>
#include <string_view>
#include <system_error>

namespace seawall {

std::string_view errc_name(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument:
      return "invalid argument";
    case Errc::kNotFound:
      return "not found";
    case Errc::kBusy:
      return "busy";
    case Errc::kNoSpace:
      return "no space";
    case Errc::kLocked:
      return "locked";
    case Errc::kFenced:
      return "fenced";
    case Errc::kIo:
      return "i/o error";
    case Errc::kPoisoned:
      return "poisoned";
    case Errc::kCorrupt:
      return "corrupt";
    case Errc::kUnsupported:
      return "unsupported";
    case Errc::kInterpreter:
      return "interpreter";
    case Errc::kExhausted:
      return "exhausted";
    case Errc::kForeign:
      return "foreign";
    case Errc::kUnfinished:
      return "unfinished";
    case Errc::kClosed:
      return "closed";
  }
  return "unknown";
}

std::string to_string(const Error& error) {
  std::string text(errc_name(error.code));
  text += ": " + error.message;
  if (!error.file.empty()) {
    text += " (file " + error.file + ", offset " + std::to_string(error.offset) + ")";
  }
  if (error.end_lsn > error.begin_lsn) {
    text += " (records " + std::to_string(error.begin_lsn) + " to " +
            std::to_string(error.end_lsn - 1) + ")";
  }
  if (error.os_errno != 0) {
    text += ": " + std::generic_category().message(error.os_errno);
  }
  return text;
}

}  // namespace seawall
