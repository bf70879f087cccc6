#include "storage/file/os_error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <errno.h>

#include "seawall/error.h"

namespace seawall::storage {
namespace {

Errc code_of(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:  // NOLINT(misc-include-cleaner): errno.h is its header by POSIX
    case EFBIG:
      return Errc::kNoSpace;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case ENOLCK:
    case EAGAIN:
    case EINTR:
      return Errc::kExhausted;
    case ENOENT:
      return Errc::kNotFound;
    case ELOOP:
    case EISDIR:
    case ENOTDIR:
      return Errc::kForeign;
    default:
      return Errc::kIo;
  }
}

/// EIO is what most file systems and devices say. ext4, xfs and f2fs say EBADMSG or EUCLEAN when a
/// checksum of theirs fails, block devices ENODATA for a bad sector, EILSEQ for a failed integrity
/// check and EREMOTEIO for an error on the other side of a bus.
bool is_unreadable(int number) {
  switch (number) {
    case EIO:
    case EBADMSG:
    case EUCLEAN:  // NOLINT(misc-include-cleaner): as EDQUOT
    case ENODATA:
    case EILSEQ:
    case EREMOTEIO:  // NOLINT(misc-include-cleaner): as EDQUOT
      return true;
    default:
      return false;
  }
}

}  // namespace

Error os_error(int number, std::string_view action, std::string_view file) {
  Error error;
  error.code = code_of(number);
  error.os_errno = number;
  error.file = file;
  error.message.append("cannot ").append(action).append(" ").append(file).append(": ");
  error.message.append(std::generic_category().message(number));
  return error;
}

Error read_error(int number, std::string_view action, std::string_view file, std::uint64_t offset) {
  Error error = os_error(number, action, file);
  error.offset = offset;
  if (!is_unreadable(number)) return error;
  error.code = Errc::kCorrupt;
  error.message += "; run verify, then repair or restore a copy";
  return error;
}

}  // namespace seawall::storage
