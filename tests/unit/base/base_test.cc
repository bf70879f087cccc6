#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/types.h"

#include "base/checksum.h"
#include "base/coding.h"

namespace seawall::base {
namespace {

TEST(Checksum, KnownAnswers) {
  // RFC 3720, appendix B.4, and the check value every CRC catalogue gives.
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), crc32c("123456789"));
}

TEST(Coding, VarintsRoundTripAtEveryLength) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    const std::uint64_t top = std::uint64_t{1} << bits;
    for (const std::uint64_t value : {top - 1, top, top + 1}) {
      std::string bytes;
      put_varint(bytes, value);
      Reader reader(bytes);
      EXPECT_EQ(reader.varint(), value);
      EXPECT_TRUE(reader.done());
    }
  }
}

TEST(Coding, ReadersRefuseWhatIsNotThere) {
  Reader cut("\x80");
  EXPECT_EQ(cut.varint(), 0U);
  EXPECT_FALSE(cut.ok());
  Reader too_long(std::string_view("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 10));
  static_cast<void>(too_long.varint());
  EXPECT_FALSE(too_long.ok());
  Reader claims_more(
      "\x05"
      "abc");
  EXPECT_TRUE(claims_more.bytes().empty());
  EXPECT_FALSE(claims_more.ok());
  EXPECT_EQ(claims_more.le<std::uint32_t>(), 0U);
}

TEST(BatchId, CanonicalDecimalsAreIntegers) {
  EXPECT_EQ(BatchId("5"), BatchId(5));
  EXPECT_EQ(BatchId("0"), BatchId(0));
  EXPECT_EQ(BatchId("9223372036854775807"), BatchId(std::numeric_limits<std::int64_t>::max()));
  for (const char* text : {"05", "-5", "+5", "5 ", "9223372036854775808", "5x", "-0"}) {
    EXPECT_TRUE(BatchId(text).is_text()) << text;
  }
  EXPECT_TRUE(BatchId(-1).is_invalid());
  EXPECT_TRUE(BatchId(std::numeric_limits<std::uint64_t>::max()).is_invalid());
  EXPECT_TRUE(BatchId("").is_invalid());
  EXPECT_TRUE(BatchId(std::string(kNameBytesMax + 1, 'x')).is_invalid());
  EXPECT_TRUE(BatchId(std::string(kNameBytesMax, 'x')).is_text());
  EXPECT_TRUE(BatchId().is_none());
}

TEST(Error, OneLineNamesThePlace) {
  const Error error{.code = Errc::kCorrupt,
                    .os_errno = 5,
                    .message = "bad",
                    .file = "segment-1",
                    .offset = 64,
                    .begin_lsn = 3,
                    .end_lsn = 6};
  EXPECT_EQ(to_string(error),
            "corrupt: bad (file segment-1, offset 64) (records 3 to 5): Input/output error");
}

}  // namespace
}  // namespace seawall::base
