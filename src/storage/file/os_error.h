#pragma once

/// \file
/// What an errno means to a log: the one place that decides whether something ran short, is damaged
/// or failed (docs/design/0011-what-poisons.md).

#include <cstdint>
#include <string>
#include <string_view>

#include "seawall/error.h"

namespace seawall::storage {

/// Returns the error of a system call that failed with errno `number`: "cannot ACTION FILE: text".
///
///   kNoSpace    ENOSPC, EDQUOT, and EFBIG (a quota in all but name)
///   kExhausted  EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOLCK, EAGAIN, EINTR: the call did nothing
///   kNotFound   ENOENT
///   kForeign    ELOOP, EISDIR, ENOTDIR: a link or directory lies where a file or directory of ours
///               belongs
///   kIo         all others
[[nodiscard]] Error os_error(int number, std::string_view action, std::string_view file);

/// The same for a call that only reads. An errno by which a device says that it cannot give the
/// bytes back (EIO, and the checksum errors of file systems) is `kCorrupt`: bytes at `offset` are
/// damaged, which says nothing about writing elsewhere.
[[nodiscard]] Error read_error(int number, std::string_view action, std::string_view file,
                               std::uint64_t offset);

}  // namespace seawall::storage
