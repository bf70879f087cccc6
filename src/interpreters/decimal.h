#pragma once

/// \file
/// Decimal numbers without rounding and without overflow.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::interpreters {

/// An exact decimal number; sums of them do not depend on any order. Digit places are powers of
/// ten.
///
/// A 64-bit integer is held as that, which makes counters cheap; anything else as limbs of nine
/// digits. Equal numbers are held alike.
class Decimal {
 public:
  /// The places a double's shortest spelling may use: 1.8e308 down to 5e-324.
  static constexpr int kTopPlace = 308;
  static constexpr int kBottomPlace = -324;
  /// Where no sum of such numbers can ever get.
  static constexpr int kSumTopPlace = 999;

  Decimal() = default;
  explicit Decimal(std::int64_t value) : small_(value) {}

  /// Returns the number that `text`, one JSON value, stands for; nothing when it is not a number,
  /// or has digits above `top_place` or below `kBottomPlace`. Zeros at either end do not count.
  [[nodiscard]] static std::optional<Decimal> parse(std::string_view text, int top_place);

  /// Adds `other`. When memory runs short it throws and leaves this number as it was.
  void add(const Decimal& other);

  /// Allocates nothing, so that containers of numbers can be joined without failing.
  [[nodiscard]] std::strong_ordering operator<=>(const Decimal& other) const noexcept;
  [[nodiscard]] bool operator==(const Decimal& other) const = default;

  [[nodiscard]] bool is_negative() const noexcept;
  [[nodiscard]] bool is_zero() const { return is_small() && small_ == 0; }
  [[nodiscard]] bool is_integer() const { return is_small() || low_ >= 0; }

  /// Returns the one spelling of this number: plain digits where they take at most 40 characters,
  /// else one digit before the point and an exponent.
  [[nodiscard]] std::string text() const;

  /// Returns what this number holds outside its own object, in bytes.
  [[nodiscard]] std::size_t heap_bytes() const { return limbs_.capacity() * sizeof(limbs_[0]); }

 private:
  using Limb = std::uint32_t;

  using SmallLimbs = std::array<Limb, 3>;  ///< 27 digits: more than 64 bits have.

  /// The digits of a number without its sign.
  struct Magnitude {
    std::span<const Limb> limbs;
    int low = 0;
  };

  [[nodiscard]] Magnitude magnitude(SmallLimbs& small) const noexcept;
  [[nodiscard]] static std::strong_ordering compare_magnitudes(Magnitude a, Magnitude b) noexcept;

  [[nodiscard]] bool is_small() const { return limbs_.empty(); }
  [[nodiscard]] Decimal as_limbs() const;
  void add_limbs(const Decimal& other);
  void normalize();
  [[nodiscard]] std::optional<std::int64_t> as_small() const;

  std::int64_t small_ = 0;   ///< The number, when there are no limbs.
  std::vector<Limb> limbs_;  ///< Least first; neither end is zero.
  int low_ = 0;              ///< Of the first limb: it counts 10^(9 * low_).
  bool negative_ = false;
};

}  // namespace seawall::interpreters
