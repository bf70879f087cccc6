// What `format` takes never makes a state, or a delta, that the interpreter itself refuses.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/error.h"
#include "seawall/merges.h"
#include "seawall/state_interpreter_interface.h"

#include "unit/interpreters/merged.h"

namespace seawall {
namespace {

constexpr std::size_t kDepthMax = 512;

// A value of `depth` containers within each other, arrays or objects.
std::string deep(std::size_t depth, bool objects) {
  std::string open;
  std::string close;
  for (std::size_t i = 0; i < depth; ++i) {
    open += objects ? R"({"s":)" : "[";
    close += objects ? '}' : ']';
  }
  return open + "1" + close;
}

// Returns whether `format` took the data. Then the delta is its own format, merges, and the state
// reads back as it is, also as what a log of another machine wrote.
bool add(const StateInterpreterInterface& interpreter, std::unique_ptr<LiveState>& live,
         const std::string& data) {
  const Result<std::string> delta = interpreter.format(data);
  if (!delta) {
    EXPECT_EQ(delta.error().code, Errc::kInvalidArgument);
    return false;
  }
  EXPECT_EQ(interpreter.format(*delta).value_or("refused"), *delta);
  EXPECT_TRUE(live->merge(*delta, interpreter.version()).has_value()) << interpreter.id();
  const std::string state = live->serialize().value_or("no state");
  Result<std::unique_ptr<LiveState>> again = interpreter.parse(state, interpreter.version());
  EXPECT_TRUE(again.has_value()) << interpreter.id() << ": " << again.error().message;
  if (!again) return false;
  EXPECT_EQ((*again)->serialize().value_or("no state"), state);
  live = std::move(*again);
  return true;
}

std::unique_ptr<LiveState> empty_state(const StateInterpreterInterface& interpreter) {
  return std::move(interpreter.parse("", 0).value());
}

// A schema and what wraps a value into data for it.
struct Nesting {
  std::string schema;
  std::string before;
  std::string after;
};

// `kind` as it is, in a map, in a struct, and 16 levels down.
std::vector<Nesting> nestings(const std::string& kind) {
  std::vector<Nesting> all = {{kind, "", ""},
                              {"map(" + kind + ")", R"({"k":)", "}"},
                              {R"({"a":)" + kind + R"(,"b":sum})", R"({"a":)", "}"}};
  Nesting deepest{kind, "", ""};
  constexpr std::size_t kSchemaDepthMax = 16;
  for (std::size_t i = 0; i < kSchemaDepthMax; ++i) {
    const bool map = i % 2 == 0;
    deepest.schema = map ? "map(" + deepest.schema + ")" : R"({"k":)" + deepest.schema + "}";
    deepest.before += R"({"k":)";
    deepest.after += '}';
  }
  all.push_back(deepest);
  return all;
}

const std::vector<std::string> kKinds = {"last", "sum",  "mean", "min",    "max", R"(arg_max("s"))",
                                         "set",  "list", "flag", "list(1)"};

// Every depth about the limit; the deepest that is taken shows that the limit is not too low.
TEST(AcceptedStates, AreReadAgainAtEveryDepth) {
  for (const std::string& kind : kKinds) {
    for (const Nesting& nesting : nestings(kind)) {
      const InterpreterPtr interpreter = interpreter_for({nesting.schema});
      for (const bool objects : {false, true}) {
        std::size_t deepest = 0;
        for (std::size_t depth = kDepthMax - 20; depth <= kDepthMax + 2; ++depth) {
          std::unique_ptr<LiveState> live = empty_state(*interpreter);
          const std::string data = nesting.before + deep(depth, objects) + nesting.after;
          if (add(*interpreter, live, data)) deepest = depth;
          if (HasFailure()) return;
        }
        const std::size_t within = kDepthMax - nesting.after.size();
        const bool list = kind.starts_with("list");
        if (kind == "last" || list) {
          EXPECT_EQ(deepest, within - (list && objects ? 1 : 0)) << nesting.schema;
        }
      }
    }
  }
}

TEST(AcceptedStates, OfObjectsAreReadAgainAtEveryDepth) {
  const ConsumerStateInterpreter interpreter;
  for (const bool objects : {false, true}) {
    for (std::size_t depth = kDepthMax - 3; depth <= kDepthMax + 1; ++depth) {
      std::unique_ptr<LiveState> live = empty_state(interpreter);
      EXPECT_EQ(add(interpreter, live, R"({"k":)" + deep(depth, objects) + "}"), depth < kDepthMax);
    }
  }
}

// Numbers at the limits of what a delta may hold, and strings whose one spelling is longer.
rc::Gen<std::string> any_leaf() {
  return rc::gen::element<std::string>(
      "0", "-0", "-0.0", "1", "9e308", "-9e308", "1.7976931348623157e308", "5e-324", "-1e-324",
      "9.999999999e-315", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
      "-9223372036854775809", "999999999999999999999999999999999999999999", "1e308", "1e309",
      "1e-325", "0e99999999999999999999", "1" + std::string(308, '0'), "1" + std::string(309, '0'),
      "0." + std::string(323, '0') + "1", "0." + std::string(324, '0') + "1",
      "100" + std::string(306, '0') + "." + std::string(324, '9'), R"("")", R"("\u0000")",
      "\"\x7F\"", R"("\u007f")", R"("\ud800")", R"("\udc00")", R"("\ud83d\ude00")",
      R"("\ude00\ud83d")", R"("\\\"\/\b\f\n\r\t")", "\"\xED\x9F\xBF\"", "\"\xEF\xBF\xBF\"",
      "\"😀\"", "true", "false", "null", "[]", "{}", R"({"a":1,"a":2})", R"({"s":1,"s":2})",
      R"({"s":1,"a":[{"s":2}]})", R"({"s":"\ud800"})", "[[]]", "[[1],[2]]", "[1,1.0,1e0]",
      R"({"count":9e308,"sum":9e308})", R"({"count":0,"sum":0})", R"({"sum":-1,"count":1})",
      R"(["a","\u0061",{"a":{"a":1}}])");
}

rc::Gen<std::string> any_key() {
  return rc::gen::element<std::string>(R"("")", R"("a")", R"("\u0061")", R"("\ud800")",
                                       R"("\udc00")", "\"\x7F\"", R"("\u007F")", R"("é")",
                                       R"("\u00e9")", R"("\"\\")", R"("s")", R"("count")");
}

// A schema of any nesting.
rc::Gen<std::string> any_schema(int depth) {
  const auto kind = rc::gen::elementOf(kKinds);
  if (depth == 0) return kind;
  return rc::gen::exec([kind, depth]() -> std::string {
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        return *kind;
      case 1:
        return "map(" + *any_schema(depth - 1) + ")";
      default:
        return R"({"a":)" + *any_schema(depth - 1) + R"(,"s":)" + *any_schema(depth - 1) + "}";
    }
  });
}

// Data that often fits `schema`.
rc::Gen<std::string> any_data(const std::string& schema) {
  return rc::gen::exec([schema]() -> std::string {
    if (*rc::gen::inRange(0, 10) == 0) return *any_leaf();
    if (schema.starts_with("map(")) {
      const std::string inner = schema.substr(4, schema.size() - 5);
      const std::string first = *any_key() + ":" + *any_data(inner);
      if (*rc::gen::arbitrary<bool>()) return "{" + first + "}";
      return "{" + first + "," + *any_key() + ":" + *any_data(inner) + "}";
    }
    if (schema.starts_with('{')) {
      // The first field ends at the last ,"s": of its level.
      int level = 0;
      std::size_t cut = 0;
      for (std::size_t i = 0; i < schema.size(); ++i) {
        if (schema[i] == '{' || schema[i] == '(') ++level;
        if (schema[i] == '}' || schema[i] == ')') --level;
        if (level == 1 && schema.compare(i, 5, R"(,"s":)") == 0) cut = i;
      }
      return R"({"a":)" + *any_data(schema.substr(5, cut - 5)) + R"(,"s":)" +
             *any_data(schema.substr(cut + 5, schema.size() - cut - 6)) + "}";
    }
    if (schema.starts_with("arg_max")) return R"({"s":)" + *any_leaf() + "}";
    return *any_leaf();
  });
}

RC_GTEST_PROP(AcceptedStatesProperty, AreReadAgainWhateverWasTaken, ()) {
  const std::string schema = *any_schema(3);
  const InterpreterPtr interpreter = interpreter_for({schema});
  std::unique_ptr<LiveState> live = empty_state(*interpreter);
  int taken = 0;
  for (int i = 0; i < 6; ++i) {
    taken += add(*interpreter, live, *any_data(schema)) ? 1 : 0;
    RC_ASSERT(!testing::Test::HasFailure());
  }
  RC_CLASSIFY(taken > 2);
}

RC_GTEST_PROP(AcceptedStatesProperty, OfObjectsAreReadAgainWhateverWasTaken, ()) {
  const ConsumerStateInterpreter interpreter;
  std::unique_ptr<LiveState> live = empty_state(interpreter);
  for (int i = 0; i < 6; ++i) {
    add(interpreter, live,
        "{" + *any_key() + ":" + *any_leaf() + "," + *any_key() + ":" + *any_leaf() + "}");
    RC_ASSERT(!testing::Test::HasFailure());
  }
}

// A schema whose one spelling is longer than what was given still has an id that a log can keep.
TEST(AcceptedStates, EverySchemaThatIsTakenIsFoundByItsId) {
  constexpr std::size_t kIdBytesMax = 4096;
  for (std::size_t bytes = 600; bytes < 4000; bytes += 30) {
    for (const std::string& name : {std::string(bytes, '\x7F'), std::string(bytes, 'x')}) {
      const auto made = merges::make_interpreter({"{\"" + name + "\":sum}"});
      if (!made) continue;
      EXPECT_LE((*made)->id().size(), kIdBytesMax);
      ASSERT_NE(merges::interpreter_of((*made)->id()), nullptr) << bytes;
    }
  }
}

}  // namespace
}  // namespace seawall
