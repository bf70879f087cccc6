#include "storage/file/os_error.h"

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
    case ENOENT:
      return Errc::kNotFound;
    default:
      return Errc::kIo;
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

}  // namespace seawall::storage
