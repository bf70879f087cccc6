#include "interpreters/decimal.h"

#include <algorithm>
#include <charconv>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace seawall::interpreters {
namespace {

constexpr int kLimbDigits = 9;
constexpr std::int64_t kLimbBase = 1'000'000'000;
constexpr std::uint32_t kTen = 10;
constexpr std::size_t kPlainCharsMax = 40;
// Beyond any place, and far from overflow when digits are counted on top of it.
constexpr std::int64_t kExponentLimit = std::int64_t{1} << 48;

int floor_div(int value, int by) {
  return (value >= 0 ? value : value - by + 1) / by;
}

std::uint32_t digit_value(char digit) {
  return static_cast<std::uint32_t>(digit - '0');
}

// The digits of a number without zeros at either end, and the place of the last one.
struct Digits {
  std::string digits;
  std::int64_t last_place = 0;
};

std::int64_t exponent_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (read.ec == std::errc::result_out_of_range) {
    return text.starts_with('-') ? -kExponentLimit : kExponentLimit;
  }
  return std::clamp(exponent, -kExponentLimit, kExponentLimit);
}

Digits digits_of(std::string_view text) {
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view mantissa = text.substr(0, e);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  Digits out;
  out.digits.append(mantissa.substr(0, point));
  if (point < mantissa.size()) out.digits.append(mantissa.substr(point + 1));
  out.last_place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(out.digits.size());
  if (e < text.size()) out.last_place += exponent_of(text.substr(e + 1));
  const std::size_t end = out.digits.find_last_not_of('0') + 1;  // 0 when all are zeros
  out.last_place += static_cast<std::int64_t>(out.digits.size() - end);
  out.digits.resize(end);
  out.digits.erase(0, std::min(out.digits.find_first_not_of('0'), out.digits.size()));
  return out;
}

// Brings each digit into its range, carrying upwards; the top one keeps the sign.
void settle(std::vector<std::int64_t>& digits) {
  for (std::size_t i = 0; i + 1 < digits.size(); ++i) {
    std::int64_t carry = digits[i] / kLimbBase;
    if (digits[i] % kLimbBase < 0) --carry;
    digits[i] -= carry * kLimbBase;
    digits[i + 1] += carry;
  }
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text, int top_place) {
  Decimal out;
  const char* const end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, out.small_);
      read.ec == std::errc() && read.ptr == end) {
    return out;
  }
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  const Digits number = digits_of(text);
  if (number.digits.empty()) return Decimal();
  const auto count = static_cast<std::int64_t>(number.digits.size());
  if (number.last_place < kBottomPlace || number.last_place + count - 1 > top_place) {
    return std::nullopt;
  }
  const int last_place = static_cast<int>(number.last_place);
  const int first_place = last_place + static_cast<int>(count) - 1;
  out.small_ = 0;
  out.negative_ = negative;
  out.low_ = floor_div(last_place, kLimbDigits);
  const int limbs = floor_div(first_place, kLimbDigits) - out.low_ + 1;
  out.limbs_.assign(static_cast<std::size_t>(limbs), 0);
  int place = first_place;
  for (const char digit : number.digits) {
    Limb& limb = out.limbs_[static_cast<std::size_t>(floor_div(place, kLimbDigits) - out.low_)];
    limb = (limb * kTen) + digit_value(digit);
    --place;
  }
  // The last limb may end above its lowest place.
  for (; floor_div(place, kLimbDigits) == out.low_; --place) out.limbs_[0] *= kTen;
  out.normalize();
  return out;
}

Decimal Decimal::as_limbs() const {
  if (!is_small()) return *this;
  Decimal out;
  out.negative_ = small_ < 0;
  for (std::int64_t rest = small_; rest != 0; rest /= kLimbBase) {
    const std::int64_t limb = rest % kLimbBase;
    out.limbs_.push_back(static_cast<Limb>(limb < 0 ? -limb : limb));
  }
  return out;
}

void Decimal::add(const Decimal& other) {
  std::int64_t sum = 0;
  if (is_small() && other.is_small() && !__builtin_add_overflow(small_, other.small_, &sum)) {
    small_ = sum;
    return;
  }
  add_limbs(other);
}

void Decimal::add_limbs(const Decimal& other) {
  const Decimal terms[] = {as_limbs(), other.as_limbs()};
  const auto high = [](const Decimal& term) { return term.low_ + std::ssize(term.limbs_); };
  const int low = std::min(terms[0].low_, terms[1].low_);
  const std::ptrdiff_t count = std::max(high(terms[0]), high(terms[1])) - low;
  std::vector<std::int64_t> digits(static_cast<std::size_t>(count + 1), 0);  // one for the carry
  for (const Decimal& term : terms) {
    auto at = digits.begin() + (term.low_ - low);
    for (const std::int64_t limb : term.limbs_) *at++ += term.negative_ ? -limb : limb;
  }
  settle(digits);
  Decimal sum;  // aside: when memory runs short, this number stays what it is
  sum.negative_ = digits.back() < 0;
  if (sum.negative_) {
    for (std::int64_t& digit : digits) digit = -digit;
    settle(digits);
  }
  sum.low_ = low;
  sum.limbs_.assign(digits.begin(), digits.end());
  sum.normalize();
  *this = std::move(sum);
}

void Decimal::normalize() {
  while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
  const auto first = std::ranges::find_if(limbs_, [](Limb limb) { return limb != 0; });
  low_ += static_cast<int>(first - limbs_.begin());
  limbs_.erase(limbs_.begin(), first);
  small_ = 0;
  const std::optional<std::int64_t> small = as_small();
  if (!small) return;
  *this = Decimal(*small);
}

std::optional<std::int64_t> Decimal::as_small() const {
  constexpr int kLimbsMax = 3;  // of nine digits, for nineteen
  if (limbs_.empty()) return 0;
  if (low_ < 0 || low_ + std::ssize(limbs_) > kLimbsMax) return std::nullopt;
  std::int64_t value = 0;
  for (int i = low_ + static_cast<int>(limbs_.size()) - 1; i >= 0; --i) {
    const std::int64_t limb = i < low_ ? 0 : limbs_[static_cast<std::size_t>(i - low_)];
    if (__builtin_mul_overflow(value, kLimbBase, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, negative_ ? -limb : limb, &value)) return std::nullopt;
  }
  return value;
}

bool Decimal::is_negative() const noexcept {
  return is_small() ? small_ < 0 : negative_;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const noexcept {
  if (is_small() && other.is_small()) return small_ <=> other.small_;
  if (is_negative() != other.is_negative()) {
    return is_negative() ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  SmallLimbs of_this{};
  SmallLimbs of_other{};
  const std::strong_ordering larger =
      compare_magnitudes(magnitude(of_this), other.magnitude(of_other));
  return is_negative() ? 0 <=> larger : larger;
}

// Borrows this number's limbs, which for a small one are written to `small`.
Decimal::Magnitude Decimal::magnitude(SmallLimbs& small) const noexcept {
  if (!is_small()) return {.limbs = limbs_, .low = low_};
  std::size_t count = 0;
  for (std::int64_t rest = small_; rest != 0; rest /= kLimbBase) {
    const std::int64_t limb = rest % kLimbBase;
    small.at(count++) = static_cast<Limb>(limb < 0 ? -limb : limb);
  }
  return {.limbs = std::span(small).first(count), .low = 0};
}

std::strong_ordering Decimal::compare_magnitudes(Magnitude a, Magnitude b) noexcept {
  // Neither has a zero on top, so the one that reaches higher is larger; but zero reaches nowhere.
  if (a.limbs.empty() || b.limbs.empty()) return a.limbs.size() <=> b.limbs.size();
  const auto high = [](const Magnitude& m) { return m.low + std::ssize(m.limbs); };
  if (high(a) != high(b)) return high(a) <=> high(b);
  const auto below_top = [](const Magnitude& m, std::size_t i) {
    return i < m.limbs.size() ? m.limbs[m.limbs.size() - 1 - i] : Limb{0};
  };
  for (std::size_t i = 0; i < std::max(a.limbs.size(), b.limbs.size()); ++i) {
    if (const auto order = below_top(a, i) <=> below_top(b, i); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

std::string Decimal::text() const {
  if (is_small()) return std::to_string(small_);
  std::string digits;
  for (const Limb limb : std::views::reverse(limbs_)) {
    const std::string part = std::to_string(limb);
    digits.append(static_cast<std::size_t>(kLimbDigits) - part.size(), '0').append(part);
  }
  const std::size_t end = digits.find_last_not_of('0') + 1;
  const int last_place = (low_ * kLimbDigits) + static_cast<int>(digits.size() - end);
  digits.resize(end);
  digits.erase(0, digits.find_first_not_of('0'));
  const auto count = static_cast<int>(digits.size());
  const int first_place = last_place + count - 1;
  const std::string out = negative_ ? "-" : "";
  const auto zeros = [](int zeros_count) {
    return std::string(static_cast<std::size_t>(zeros_count), '0');
  };
  std::string plain;
  if (last_place >= 0) {
    plain = digits + zeros(last_place);
  } else if (first_place >= 0) {
    plain = digits;
    plain.insert(static_cast<std::size_t>(first_place) + 1, ".");
  } else {
    plain = "0." + zeros(-first_place - 1) + digits;
  }
  if (plain.size() <= kPlainCharsMax) return out + plain;
  if (count > 1) digits.insert(1, ".");
  return out + digits + "e" + std::to_string(first_place);
}

}  // namespace seawall::interpreters
