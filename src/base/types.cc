#include "seawall/types.h"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace seawall {

BatchId::BatchId(std::string_view text) {
  if (text.empty() || text.size() > kNameBytesMax) {
    kind_ = Kind::kInvalid;
    return;
  }
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, value);
  const bool canonical = fault == std::errc{} && rest == end && value >= 0 && text.front() != '-' &&
                         (text.front() != '0' || text.size() == 1);
  if (canonical) {
    kind_ = Kind::kInteger;
    integer_ = static_cast<std::uint64_t>(value);
  } else {
    kind_ = Kind::kText;
    text_ = text;
  }
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCommitted:
      return "committed";
    case Outcome::kDuplicate:
      return "duplicate";
    case Outcome::kCleared:
      return "cleared";
  }
  return "unknown";
}

}  // namespace seawall
