// Memory that runs short at any place of a merge leaves the state as it was.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/error.h"
#include "seawall/merges.h"
#include "seawall/state_interpreter_interface.h"

#include "unit/interpreters/failing_new.h"
#include "unit/interpreters/merged.h"

namespace seawall {
namespace {

// Longer than what a std::string holds inside.
const std::string kLong(40, 'x');

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

// One merge with deltas that reach each of its ways: first values, later ones, equal ones, values
// that allocate, values that grow what already allocates, several at once.
struct Kind {
  std::string schema;
  std::vector<std::string> deltas;
};

std::vector<Kind> plain_kinds() {
  const std::string big = "123456789012345678901234567890";
  const auto scored = [](const std::string& score) { return R"({"s":)" + score + "}"; };
  return {
      {"last", {"1", quoted(kLong), "[1,2]", quoted(kLong + kLong), "null"}},
      {"sum", {"1", "9223372036854775807", big, "0.5", "1e-300", "-" + big, "1e300"}},
      {"mean", {"1", "0.5", R"({"count":)" + big + R"(,"sum":1e-300})", "-0.5", big}},
      {"min", {"5", "0.25", "null", "-" + big, quoted(kLong), "-1e300"}},
      {"max", {"5", "5.25", "null", big, quoted("a"), quoted("b" + kLong), quoted("c" + kLong)}},
      {R"(arg_max("s"))",
       {scored("1"), scored("2.5"), scored(big), "null", scored(quoted("a" + kLong)),
        scored(quoted("b" + kLong))}},
      {"set",
       {"1", "[2,3,0.5]", "[]", "[1,1," + big + "]", quoted(kLong),
        "[" + quoted(kLong) + "," + quoted("y" + kLong) + ",0.75,4]"}},
      {"list",
       {"1", "[2,3," + quoted(kLong) + "]", "[]", quoted("y" + kLong), R"({"a":1})",
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]"}},
      {"list(2)",
       {"1", "[2,3," + quoted(kLong) + "]", quoted("y" + kLong),
        "[" + quoted(kLong) + ",1," + quoted("z" + kLong) + "]"}},
      {"flag", {"false", "true", "false"}},
  };
}

// Each plain kind within maps and structs, beside neighbours, new keys among known ones.
std::vector<Kind> all_kinds() {
  std::vector<Kind> kinds = plain_kinds();
  for (const Kind& kind : plain_kinds()) {
    Kind map{.schema = "map(" + kind.schema + ")", .deltas = {"{}"}};
    Kind both{
        .schema = R"({"a":)" + kind.schema + R"(,"b":map({"c":)" + kind.schema + R"(,"n":sum})})",
        .deltas = {"{}"}};
    for (std::size_t i = 0; i < kind.deltas.size(); ++i) {
      const std::string& delta = kind.deltas[i];
      const std::string added = quoted(kLong + std::to_string(i));
      map.deltas.push_back(R"({"k":)" + delta + "," + added + ":" + delta + R"(,"m":)" + delta +
                           "}");
      both.deltas.push_back(R"({"a":)" + delta + R"(,"b":{"k":{"c":)" + delta + R"(,"n":1},)" +
                            added + R"(:{"n":0.5,"c":)" + delta + "}}}");
    }
    kinds.push_back(std::move(map));
    kinds.push_back(std::move(both));
  }
  return kinds;
}

Kind consumer_state() {
  return {.schema = "ConsumerStateInterpreter",
          .deltas = {R"({"a":1,"b":2})", R"({"a":)" + quoted(kLong) + R"(,"c":3,"\u0062":4})",
                     "{" + quoted(kLong) + ":1," + quoted("y" + kLong) + ":2,\"a\":5}",
                     R"({"d":1,"e":2,"f":3,"g":4,"h":5,"i":6,"j":7,"k":8,"l":9,"m":10,"n":11,)"
                     R"("o":12,"p":13,"q":14,"a":)" +
                         quoted(kLong + kLong) + R"(,"\u0072)" + kLong + R"(":1})"}};
}

std::unique_ptr<LiveState> parsed(const StateInterpreterInterface& interpreter,
                                  const std::string& state) {
  Result<std::unique_ptr<LiveState>> live =
      interpreter.parse(state, state.empty() ? 0 : interpreter.version());
  EXPECT_TRUE(live.has_value()) << state;
  return live ? std::move(*live) : nullptr;
}

// Returns whether the merge of `delta` ran out of memory at its allocation number `nth`.
bool fails_at(std::size_t nth, LiveState& live, const std::string& delta) {
  const FailingNew failing(nth);
  try {
    const Result<void> merged = live.merge(delta, 1);
    EXPECT_TRUE(merged.has_value()) << delta;
    EXPECT_FALSE(FailingNew::failed()) << "a failed allocation was swallowed: " << delta;
    return false;
  } catch (const std::bad_alloc&) {
    return true;
  }
}

// Merges `delta` into `live`, failing at every allocation in turn until none fails. Returns how
// many there were.
std::size_t explore(LiveState& live, const std::string& delta) {
  const std::string before = live.serialize().value();
  const std::size_t bytes_before = live.memory_bytes();
  std::size_t nth = 1;
  for (; fails_at(nth, live, delta); ++nth) {
    EXPECT_EQ(live.serialize().value(), before) << delta << ", allocation " << nth;
    // What was made ready may stay reserved, not what was to be added.
    EXPECT_GE(live.memory_bytes(), bytes_before);
    if (testing::Test::HasFailure()) return nth;
  }
  return nth - 1;
}

// The same records into a state that always has memory.
void explore(const StateInterpreterInterface& interpreter, const Kind& kind) {
  SCOPED_TRACE(kind.schema);
  const std::unique_ptr<LiveState> spared = parsed(interpreter, "");
  const std::unique_ptr<LiveState> tried = parsed(interpreter, "");
  std::size_t failures = 0;
  for (const std::string& data : kind.deltas) {
    const std::string delta = interpreter.format(data).value();
    ASSERT_TRUE(spared->merge(delta, 1).has_value());
    failures += explore(*tried, delta);
    ASSERT_EQ(tried->serialize().value(), spared->serialize().value()) << delta;
    // The same after a reload, whose containers hold exactly what they must.
    const std::unique_ptr<LiveState> reloaded = parsed(interpreter, tried->serialize().value());
    failures += explore(*reloaded, delta);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_EQ(failures == 0, kind.schema == "flag");  // the only one that allocates nothing
}

TEST(MergeAllocation, AFailedMergeLeavesTheStateAsItWas) {
  for (const Kind& kind : all_kinds()) {
    const InterpreterPtr interpreter = interpreter_for({kind.schema});
    ASSERT_NE(interpreter, nullptr);
    explore(*interpreter, kind);
    if (HasFailure()) return;
  }
}

TEST(MergeAllocation, AFailedMergeOfObjectsLeavesTheStateAsItWas) {
  explore(ConsumerStateInterpreter(), consumer_state());
}

// A restart with little memory: `parse` throws, or returns the whole state.
TEST(MergeAllocation, AFailedParseReturnsNothing) {
  std::vector<Kind> kinds = all_kinds();
  kinds.push_back(consumer_state());
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(kind.schema);
    const InterpreterPtr interpreter = kind.schema == "ConsumerStateInterpreter"
                                           ? std::make_shared<ConsumerStateInterpreter>()
                                           : interpreter_for({kind.schema});
    const std::unique_ptr<LiveState> live = parsed(*interpreter, "");
    for (const std::string& delta : kind.deltas) ASSERT_TRUE(live->merge(delta, 1).has_value());
    const std::string state = live->serialize().value();
    for (std::size_t nth = 1;; ++nth) {
      const FailingNew failing(nth);
      try {
        const auto again = interpreter->parse(state, 1);
        ASSERT_TRUE(again.has_value());
        ASSERT_FALSE(FailingNew::failed());
        ASSERT_EQ((*again)->serialize().value(), state);
        break;
      } catch (const std::bad_alloc&) {
        continue;
      }
    }
  }
}

}  // namespace
}  // namespace seawall
