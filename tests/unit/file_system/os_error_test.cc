// What each errno means to a log, whole.

#include "storage/file/os_error.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "seawall/error.h"

namespace seawall::storage {
namespace {

struct Row {
  int number;
  Errc doing;    ///< Of a call that may change something.
  Errc reading;  ///< Of a call that only reads.
};

constexpr Row kRows[] = {
    {ENOSPC, Errc::kNoSpace, Errc::kNoSpace},
    {EDQUOT, Errc::kNoSpace, Errc::kNoSpace},
    {EFBIG, Errc::kNoSpace, Errc::kNoSpace},
    {EMFILE, Errc::kExhausted, Errc::kExhausted},
    {ENFILE, Errc::kExhausted, Errc::kExhausted},
    {ENOMEM, Errc::kExhausted, Errc::kExhausted},
    {ENOBUFS, Errc::kExhausted, Errc::kExhausted},
    {ENOLCK, Errc::kExhausted, Errc::kExhausted},
    {EAGAIN, Errc::kExhausted, Errc::kExhausted},
    {EINTR, Errc::kExhausted, Errc::kExhausted},
    {ENOENT, Errc::kNotFound, Errc::kNotFound},
    {ELOOP, Errc::kForeign, Errc::kForeign},
    {EISDIR, Errc::kForeign, Errc::kForeign},
    {ENOTDIR, Errc::kForeign, Errc::kForeign},
    {EIO, Errc::kIo, Errc::kCorrupt},
    {EBADMSG, Errc::kIo, Errc::kCorrupt},
    {EUCLEAN, Errc::kIo, Errc::kCorrupt},
    {ENODATA, Errc::kIo, Errc::kCorrupt},
    {EILSEQ, Errc::kIo, Errc::kCorrupt},
    {EREMOTEIO, Errc::kIo, Errc::kCorrupt},
    {EACCES, Errc::kIo, Errc::kIo},
    {EROFS, Errc::kIo, Errc::kIo},
    {EBADF, Errc::kIo, Errc::kIo},
    {ESTALE, Errc::kIo, Errc::kIo},
};

TEST(OsError, SaysWhatRanShortWhatIsDamagedAndWhatFailed) {
  for (const Row& row : kRows) {
    const Error doing = os_error(row.number, "write", "segment");
    EXPECT_EQ(doing.code, row.doing) << row.number;
    EXPECT_EQ(doing.os_errno, row.number);
    const Error reading = read_error(row.number, "read", "segment", 4096);
    EXPECT_EQ(reading.code, row.reading) << row.number;
    EXPECT_EQ(reading.os_errno, row.number);
    EXPECT_EQ(reading.file, "segment");
    EXPECT_EQ(reading.offset, 4096U);
  }
}

}  // namespace
}  // namespace seawall::storage
