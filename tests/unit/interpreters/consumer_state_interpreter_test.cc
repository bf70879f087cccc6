#include "seawall/consumer_state_interpreter.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

namespace seawall {
namespace {

using nlohmann::ordered_json;

const ConsumerStateInterpreter interpreter;

std::unique_ptr<LiveState> empty_state() {
  Result<std::unique_ptr<LiveState>> state = interpreter.parse("", 0);
  EXPECT_TRUE(state.has_value());
  return state ? std::move(*state) : nullptr;
}

std::string serialized(const LiveState& state) {
  const Result<std::string> bytes = state.serialize();
  EXPECT_TRUE(bytes.has_value());
  return bytes.value_or("");
}

// The state after `deltas`, each through `format` as a log would do.
std::string merged(const std::vector<std::string_view>& deltas) {
  const std::unique_ptr<LiveState> state = empty_state();
  for (const std::string_view delta : deltas) {
    const Result<std::string> formatted = interpreter.format(delta);
    EXPECT_TRUE(formatted.has_value()) << delta;
    if (!formatted) continue;
    EXPECT_TRUE(state->merge(*formatted, interpreter.version()).has_value()) << delta;
  }
  return serialized(*state);
}

std::string refusal(std::string_view data) {
  const Result<std::string> formatted = interpreter.format(data);
  if (formatted) return "accepted";
  EXPECT_EQ(formatted.error().code, Errc::kInvalidArgument);
  return formatted.error().message;
}

TEST(ConsumerStateInterpreter, LaterFieldsWinAndKeysKeepTheirFirstPlace) {
  EXPECT_EQ(merged({R"({"b":1,"a":2})", R"({"a":3,"c":4})"}), R"({"b":1,"a":3,"c":4})");
  EXPECT_EQ(merged({R"({"a":{"x":1}})", R"({"a":{"y":2}})"}), R"({"a":{"y":2}})");
  EXPECT_EQ(merged({"{}"}), "{}");
  EXPECT_EQ(merged({}), "{}");
}

TEST(ConsumerStateInterpreter, KeepsValuesByteForByte) {
  const std::vector<std::string_view> values = {
      "123456789012345678901234567890",
      "-0",
      "1.0e+400",
      "0.10000000000000000000000000001",
      R"("\u00e9\/\ud83d\ude00 é😀")",
      R"("\ud800")",
      "[1 , 2,\t{\"a\" : 1, \"a\" : 2}]",
      "{ }",
      "null",
  };
  for (const std::string_view value : values) {
    const std::string object = R"({"k":)" + std::string(value) + "}";
    EXPECT_EQ(merged({object}), object);
    EXPECT_EQ(merged({R"({"k":0})", object}), object);
  }
}

TEST(ConsumerStateInterpreter, FormatKeepsTheObjectAndDropsSpaceAroundIt) {
  const Result<std::string> formatted = interpreter.format(" \n\t{ \"a\" : 1 }\r\n ");
  ASSERT_TRUE(formatted.has_value());
  EXPECT_EQ(*formatted, R"({ "a" : 1 })");
  EXPECT_EQ(merged({*formatted}), R"({"a":1})");
}

TEST(ConsumerStateInterpreter, ComparesKeysByWhatTheyStandFor) {
  EXPECT_EQ(merged({R"({"a":1})", R"({"\u0061":2})"}), R"({"a":2})");
  EXPECT_EQ(merged({R"({"\u0061":1})", R"({"a":2})"}), R"({"\u0061":2})");
  EXPECT_NE(refusal(R"({"a":1,"\u0061":2})").find("key given twice at offset 7"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"😀":1,"\ud83d\ude00":2})").find("key given twice"), std::string::npos);
  EXPECT_NE(refusal(R"({"a":1,"b":2,"a":3})").find("at offset 13"), std::string::npos);
  // A lone half of a pair is a key of its own.
  EXPECT_EQ(refusal(R"({"\ud83d":1,"\ud83d\ude00":2,"\ude00":3})"), "accepted");
}

TEST(ConsumerStateInterpreter, RefusesWhatIsNoObject) {
  for (const std::string_view data : {"",
                                      " ",
                                      "1",
                                      "[]",
                                      "null",
                                      "\"a\"",
                                      "{",
                                      "}",
                                      "{}}",
                                      "{} x",
                                      "{}{}",
                                      R"({"a":1,})",
                                      R"({,"a":1})",
                                      R"({"a"})",
                                      R"({"a":})",
                                      R"({"a" 1})",
                                      R"({a:1})",
                                      R"({"a":1 "b":2})",
                                      R"({'a':1})",
                                      "\xEF\xBB\xBF{}",

                                      R"({"a":[1,]})",
                                      R"({"a":[1}]})",
                                      R"({"a":{"b":1]})",
                                      R"({"a":[,1]})",
                                      R"({"a":{"b":1,}})"}) {
    EXPECT_NE(refusal(data), "accepted") << data;
  }
  EXPECT_NE(refusal(std::string_view("{}\0", 3)), "accepted");
}

TEST(ConsumerStateInterpreter, RefusesBadNumbersAndWords) {
  for (const std::string_view value :
       {"NaN", "Infinity", "-Infinity", "nan", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10",
        "1_000", "--1", "-01", "True", "nul", "truee", "undefined"}) {
    const std::string object = R"({"k":)" + std::string(value) + "}";
    EXPECT_NE(refusal(object), "accepted") << object;
    const std::string nested = R"({"k":[0,)" + std::string(value) + "]}";
    EXPECT_NE(refusal(nested), "accepted") << nested;
  }
}

TEST(ConsumerStateInterpreter, RefusesBadStrings) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"\"\x01\""sv, "\"\n\""sv, "\"\0\""sv, R"("\x")"sv, R"("\u12G4")"sv, R"("\u123")"sv,
        "\"\\\""sv, "\"\xFF\""sv, "\"\xC0\xAF\""sv, "\"\xED\xA0\x80\""sv, "\"\xF5\x80\x80\x80\""sv,
        "\"\xF4\x90\x80\x80\""sv, "\"\xE2\x82\""sv, "\"\x80\""sv, "\"open"sv}) {
    const std::string as_value = R"({"k":)" + std::string(text) + "}";
    EXPECT_NE(refusal(as_value), "accepted") << as_value;
    const std::string as_key = "{" + std::string(text) + ":1}";
    EXPECT_NE(refusal(as_key), "accepted") << as_key;
  }
  EXPECT_EQ(refusal("{\"k\":\"\x7F \xF4\x8F\xBF\xBF\"}"), "accepted");
}

std::string nested(std::size_t depth) {
  return R"({"k":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

TEST(ConsumerStateInterpreter, LimitsDepthAndSurvivesMuchMore) {
  constexpr std::size_t kDepthMax = 512;
  constexpr std::size_t kHostile = 10'000'000;
  EXPECT_EQ(refusal(nested(kDepthMax)), "accepted");
  EXPECT_NE(refusal(nested(kDepthMax + 1)).find("nested too deep"), std::string::npos);
  EXPECT_NE(refusal(nested(kHostile)).find("nested too deep"), std::string::npos);
  std::string objects;
  for (std::size_t i = 0; i < kDepthMax + 1; ++i) objects += R"({"a":)";
  EXPECT_NE(refusal(objects).find("nested too deep"), std::string::npos);
}

TEST(ConsumerStateInterpreter, ABadDeltaLeavesTheStateAsItWas) {
  const std::unique_ptr<LiveState> state = empty_state();
  ASSERT_TRUE(state->merge(R"({"a":1})", 1).has_value());
  EXPECT_FALSE(state->merge(R"({"a":2,"b":)", 1).has_value());
  const Result<void> newer = state->merge(R"({"a":2})", 2);
  ASSERT_FALSE(newer.has_value());
  EXPECT_EQ(newer.error().code, Errc::kUnsupported);
  EXPECT_EQ(serialized(*state), R"({"a":1})");
}

TEST(ConsumerStateInterpreter, ParseTakesSerializedStatesAndRefusesOthers) {
  const Result<std::unique_ptr<LiveState>> state = interpreter.parse(R"({"a":1,"b":[2]})", 1);
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(serialized(**state), R"({"a":1,"b":[2]})");
  EXPECT_FALSE(interpreter.parse("[]", 1).has_value());
  EXPECT_FALSE(interpreter.parse("", 1).has_value());
  EXPECT_FALSE(interpreter.parse("{}", 2).has_value());
  // No version is that of a client without state: bytes beside it are damage, not to be dropped.
  EXPECT_FALSE(interpreter.parse(R"({"a":1})", 0).has_value());
}

TEST(ConsumerStateInterpreter, MemoryFollowsTheState) {
  constexpr std::size_t kBig = 1'000'000;
  const std::unique_ptr<LiveState> state = empty_state();
  const std::size_t empty = state->memory_bytes();
  ASSERT_TRUE(state->merge(R"({"k":")" + std::string(kBig, 'x') + "\"}", 1).has_value());
  EXPECT_GE(state->memory_bytes(), empty + kBig);
  ASSERT_TRUE(state->merge(R"({"k":1})", 1).has_value());
  EXPECT_LT(state->memory_bytes(), empty + 1000);
}

// Objects of a few members: their number, not their size, finds faults.
constexpr int kSmall = 12;

rc::Gen<ordered_json> any_value(int depth) {
  auto scalar = rc::gen::oneOf(
      rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](auto v) { return ordered_json(v); }),
      rc::gen::map(rc::gen::arbitrary<bool>(), [](bool v) { return ordered_json(v); }),
      rc::gen::map(rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)),
                   [](const std::string& v) { return ordered_json(v); }),
      rc::gen::element<ordered_json>(nullptr, 0.5, "é\"\\\n😀", -1e300));
  if (depth == 0) return scalar;
  return rc::gen::oneOf(
      scalar,
      rc::gen::map(
          rc::gen::resize(3, rc::gen::container<std::vector<ordered_json>>(any_value(depth - 1))),
          [](const auto& values) { return ordered_json(values); }));
}

rc::Gen<ordered_json> any_object() {
  const auto key = rc::gen::element<std::string>("", "a", "b", "c\"", "é", "😀", "\n", "0", "\\");
  return rc::gen::map(rc::gen::container<std::vector<std::pair<std::string, ordered_json>>>(
                          rc::gen::pair(key, any_value(2))),
                      [](const auto& members) {
                        ordered_json object = ordered_json::object();
                        for (const auto& [name, value] : members) object[name] = value;
                        return object;
                      });
}

RC_GTEST_PROP(ConsumerStateInterpreterProperty, MergesAsTheModelDoes, ()) {
  const auto deltas =
      *rc::gen::resize(kSmall, rc::gen::container<std::vector<ordered_json>>(any_object()));
  ordered_json model = ordered_json::object();
  std::unique_ptr<LiveState> state = empty_state();
  for (const ordered_json& delta : deltas) {
    const bool pretty = *rc::gen::arbitrary<bool>();
    const bool ascii = *rc::gen::arbitrary<bool>();
    const Result<std::string> formatted =
        interpreter.format(delta.dump(pretty ? 2 : -1, ' ', ascii));
    RC_ASSERT(formatted.has_value());
    RC_ASSERT(state->merge(*formatted, 1).has_value());
    model.update(delta);
    if (*rc::gen::inRange(0, 4) == 0) {
      // A checkpoint and a reload in between change nothing.
      Result<std::unique_ptr<LiveState>> again = interpreter.parse(serialized(*state), 1);
      RC_ASSERT(again.has_value());
      state = std::move(*again);
    }
    const ordered_json got = ordered_json::parse(serialized(*state));
    RC_ASSERT(got.dump() == model.dump());
  }
}

RC_GTEST_PROP(ConsumerStateInterpreterProperty, AcceptsJustWhatIsJson, ()) {
  std::string text = (*rc::gen::resize(kSmall, any_object())).dump();
  const auto edits = *rc::gen::container<std::vector<std::pair<std::size_t, char>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, 1000),
                    rc::gen::elementOf(std::string("{}[]\",:\\ 01-+.eEtfn\n\x80\xC3\xFFua"))));
  for (const auto& [at, byte] : edits) text[at % text.size()] = byte;
  const bool accepted = interpreter.format(text).has_value();
  const ordered_json parsed = ordered_json::parse(text, nullptr, false);
  // The model keeps the last of equal keys, refuses lone surrogates and numbers out of a double's
  // range; what it accepts otherwise must be accepted here, and nothing else.
  if (accepted && parsed.is_discarded()) {
    const bool lenient =
        text.find("\\u") != std::string::npos || text.find_first_of("eE") != std::string::npos;
    RC_ASSERT(lenient);
  }
  if (!accepted && parsed.is_object()) {
    RC_ASSERT(refusal(text).find("key given twice") != std::string::npos);
  }
}

}  // namespace
}  // namespace seawall
