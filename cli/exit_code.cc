#include "exit_code.h"

#include "seawall/error.h"

namespace seawall::cli {

ExitCode exit_code(Errc code) {
  switch (code) {
    case Errc::kNotFound:
      return ExitCode::kNotFound;
    case Errc::kCorrupt:
      return ExitCode::kDamage;
    case Errc::kLocked:
    case Errc::kFenced:
      return ExitCode::kLocked;
    case Errc::kUnsupported:
      return ExitCode::kNewer;
    case Errc::kNoSpace:
    case Errc::kIo:
    case Errc::kPoisoned:
    case Errc::kExhausted:
      return ExitCode::kIo;
    case Errc::kInvalidArgument:
    case Errc::kBusy:
    case Errc::kInterpreter:
    case Errc::kForeign:
    case Errc::kUnfinished:
    case Errc::kClosed:
      return ExitCode::kUsage;
  }
  return ExitCode::kUsage;
}

ExitCode signal_exit_code(int signal) {
  constexpr int kSignalBase = 128;
  return static_cast<ExitCode>(kSignalBase + signal);
}

}  // namespace seawall::cli
