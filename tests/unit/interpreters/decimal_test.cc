#include "interpreters/decimal.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/interpreters/failing_new.h"

namespace seawall::interpreters {
namespace {

Decimal decimal(const std::string& text) {
  std::optional<Decimal> parsed = Decimal::parse(text, Decimal::kSumTopPlace);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed ? std::move(*parsed) : Decimal();
}

Decimal sum(const Decimal& a, const Decimal& b) {
  Decimal out = a;
  out.add(b);
  return out;
}

Decimal negated(const Decimal& value) {
  const std::string text = value.text();
  return decimal(text.starts_with('-') ? text.substr(1) : "-" + text);
}

TEST(Decimal, HasOneSpelling) {
  for (const auto& [given, spelt] : {
           std::pair("0", "0"),
           std::pair("-0.000e5", "0"),
           std::pair("1.0", "1"),
           std::pair("100e-2", "1"),
           std::pair("1e3", "1000"),
           std::pair("0.1", "0.1"),
           std::pair("-12.50", "-12.5"),
           std::pair("999999999.999999999", "999999999.999999999"),
           std::pair("1e39", "1000000000000000000000000000000000000000"),
           std::pair("-1e39", "-1000000000000000000000000000000000000000"),
           std::pair("1e40", "1e40"),
           std::pair("12e39", "1.2e40"),
           std::pair("1e-38", "0.00000000000000000000000000000000000001"),
           std::pair("1e-39", "1e-39"),
           std::pair("-9223372036854775808", "-9223372036854775808"),
           std::pair("9223372036854775808", "9223372036854775808"),
           std::pair("9223372036854775807.0", "9223372036854775807"),
           std::pair("1000000000000000000.0", "1000000000000000000"),
       }) {
    EXPECT_EQ(decimal(given).text(), spelt);
    EXPECT_EQ(decimal(spelt), decimal(given));
  }
}

TEST(Decimal, KeepsToItsPlaces) {
  const auto taken = [](const std::string& text) {
    return Decimal::parse(text, Decimal::kTopPlace).has_value();
  };
  EXPECT_TRUE(taken("9.99e308"));
  EXPECT_TRUE(taken("0.0000001e315"));
  EXPECT_FALSE(taken("1e309"));
  EXPECT_TRUE(taken("5e-324"));
  EXPECT_TRUE(taken("5.000e-324"));
  EXPECT_FALSE(taken("5.1e-324"));
  EXPECT_TRUE(taken(std::string(309, '9')));
  EXPECT_FALSE(taken(std::string(310, '9')));
  EXPECT_FALSE(taken("1e99999999999999999999"));
  EXPECT_FALSE(taken("1e-99999999999999999999"));
  EXPECT_TRUE(taken("0e99999999999999999999"));
  for (const std::string text : {"true", "null", "\"1\"", "[]", "{}"}) EXPECT_FALSE(taken(text));
}

rc::Gen<std::string> any_number() {
  const auto digits =
      rc::gen::resize(30, rc::gen::container<std::string>(rc::gen::inRange('0', ':')));
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](auto v) { return std::to_string(v); }),
      rc::gen::map(
          rc::gen::tuple(rc::gen::arbitrary<bool>(), digits, digits, rc::gen::inRange(-40, 40)),
          [](const auto& parts) {
            const auto& [minus, whole, fraction, exponent] = parts;
            return (minus ? "-" : "") + ("0" + whole) + "." + ("0" + fraction) + "e" +
                   std::to_string(exponent);
          }),
      rc::gen::element<std::string>("9223372036854775807", "-9223372036854775808", "999999999",
                                    "1000000000", "-0.000000001", "1e308", "5e-324"));
}

RC_GTEST_PROP(DecimalProperty, TextIsExact, ()) {
  const Decimal value = decimal(*any_number());
  RC_ASSERT(decimal(value.text()) == value);
}

RC_GTEST_PROP(DecimalProperty, SumsDoNotDependOnOrder, ()) {
  const Decimal a = decimal(*any_number());
  const Decimal b = decimal(*any_number());
  const Decimal c = decimal(*any_number());
  RC_ASSERT(sum(a, b) == sum(b, a));
  RC_ASSERT(sum(sum(a, b), c) == sum(a, sum(b, c)));
  RC_ASSERT(sum(sum(a, b), negated(b)) == a);
  RC_ASSERT(sum(sum(a, b), negated(b)).text() == a.text());
  RC_ASSERT(sum(a, negated(a)).is_zero());
}

RC_GTEST_PROP(DecimalProperty, OrderIsThatOfTheNumbers, ()) {
  const Decimal a = decimal(*any_number());
  const Decimal b = decimal(*any_number());
  const Decimal difference = sum(a, negated(b));
  RC_ASSERT((a < b) == difference.is_negative());
  RC_ASSERT((a == b) == difference.is_zero());
  RC_ASSERT((a <=> b) == (sum(a, b) <=> sum(b, b)));
}

// Sets of numbers are joined without failing, which compares them.
RC_GTEST_PROP(DecimalProperty, ComparingAllocatesNothing, ()) {
  const Decimal a = decimal(*any_number());
  const Decimal b = decimal(*any_number());
  {
    const FailingNew failing(1);
    static_cast<void>((a <=> b) == std::strong_ordering::less);
  }
  RC_ASSERT(!FailingNew::failed());
}

// Memory that runs short leaves the number as it was.
RC_GTEST_PROP(DecimalProperty, AFailedSumChangesNothing, ()) {
  const Decimal a = decimal(*any_number());
  const Decimal b = decimal(*any_number());
  Decimal tried = a;
  for (std::size_t nth = 1;; ++nth) {
    const FailingNew failing(nth);
    try {
      tried.add(b);
      break;
    } catch (const std::bad_alloc&) {
      RC_ASSERT(tried == a);
    }
  }
  RC_ASSERT(tried == sum(a, b));
}

// Scaled by a power of ten, so that limbs of any place are used and carry into each other.
RC_GTEST_PROP(DecimalProperty, AddsAsIntegersDo, (std::int32_t a, std::int32_t b)) {
  const int place = *rc::gen::inRange(-60, 60);
  const std::int64_t expected = (std::int64_t{a} * INT32_MAX) + (std::int64_t{b} * INT32_MAX);
  const auto scaled = [place](std::int64_t value) {
    return decimal(std::to_string(value) + "e" + std::to_string(place));
  };
  RC_ASSERT(sum(scaled(std::int64_t{a} * INT32_MAX), scaled(std::int64_t{b} * INT32_MAX)) ==
            scaled(expected));
}

}  // namespace
}  // namespace seawall::interpreters
