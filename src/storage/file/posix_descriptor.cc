#include "storage/file/posix_descriptor.h"

#include <unistd.h>

namespace seawall::storage {

PosixDescriptor::~PosixDescriptor() {
  // Linux frees the number even when close reports EINTR; a retry could close somebody else's.
  if (valid()) static_cast<void>(::close(number_));
}

}  // namespace seawall::storage
