#pragma once

/// \file
/// Errors, named by what the caller should do about them.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace seawall {

/// What went wrong, as the caller's next action.
enum class Errc : std::uint8_t {
  kInvalidArgument,  ///< Fix the call; nothing was written.
  kNotFound,         ///< There is no such log (readers only); create it by writing.
  kBusy,             ///< Too much in flight: wait for an earlier LSN, then call again.
  kNoSpace,          ///< No room for the record, nothing was written: free space, call again.
  kLocked,           ///< Another process owns the log: end it, or wait for its end.
  kFenced,           ///< Another owner took the log over: exit, acknowledge nothing more.
  kIo,               ///< The storage failed: see `os_errno`, mend the device, open again.
  kPoisoned,         ///< A commit failed earlier: close, open again, redeliver.
  kCorrupt,          ///< Acknowledged bytes are damaged: run verify, then repair.
  kUnsupported,      ///< Written by a newer format: upgrade Seawall.
  kInterpreter,      ///< The interpreter refused or failed: fix it; the data is kept.
  kExhausted,  ///< Memory, descriptors or threads ran short, nothing was written: call again later.
  kForeign,    ///< The directory holds what is not this log's: name another, or move that away.
  kUnfinished,  ///< A repair into this directory was cut off: remove the directory, repair again.
  kClosed,      ///< The log is closed: open it again.
};

/// Returns the name of `code` as printed by the CLI, e.g. "corrupt".
[[nodiscard]] std::string_view errc_name(Errc code);

/// An error fit to show to a user. `file`, `offset` and the LSN range are set for damage.
struct Error {
  Errc code = Errc::kIo;
  int os_errno = 0;             ///< The system's errno, 0 when none was involved.
  std::string message{};        ///< One sentence: what failed, and what to do.
  std::string file{};           ///< File within the log's directory, or empty.
  std::uint64_t offset = 0;     ///< Byte offset in `file`; meaningful when `file` is set.
  std::uint64_t begin_lsn = 0;  ///< First LSN concerned, 0 when unknown.
  std::uint64_t end_lsn = 0;    ///< One past the last LSN concerned, 0 when unknown.
};

/// Formats `error` as one line: code, message, place, errno text.
[[nodiscard]] std::string to_string(const Error& error);

template <class T>
using Result = std::expected<T, Error>;

}  // namespace seawall
