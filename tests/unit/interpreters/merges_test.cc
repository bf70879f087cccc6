#include "seawall/merges.h"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

#include "unit/interpreters/merged.h"

namespace seawall {
namespace {

using nlohmann::json;

// What C++ and Python must agree on, byte for byte.
json vectors() {
  std::ifstream file(SEAWALL_TEST_DATA "/merges.json");
  return json::parse(file);
}

TEST(Merges, AgreeWithTheSharedVectors) {
  const json all = vectors();  // a loop over a part of a temporary would read a dead one
  for (const json& vector : all["states"]) {
    SCOPED_TRACE(vector.dump());
    Merged state(interpreter_for({vector["schema"]}));
    std::set<std::size_t> refused;
    for (std::size_t i = 0; i < vector["deltas"].size(); ++i) {
      if (!state.add(vector["deltas"][i].get<std::string>())) refused.insert(i);
      EXPECT_EQ(state.live().serialize().value_or(""), state.text());
    }
    EXPECT_EQ(state.text(), vector["state"].get<std::string>());
    EXPECT_EQ(refused, vector.value("refused", std::set<std::size_t>()));
    state.reload();
    EXPECT_EQ(state.text(), vector["state"].get<std::string>());
  }
}

TEST(Merges, AnIdIsTheSchemaInOneSpelling) {
  const json all = vectors();  // a loop over a part of a temporary would read a dead one
  for (const json& vector : all["schemas"]) {
    const InterpreterPtr interpreter = interpreter_for({vector["schema"]});
    EXPECT_EQ(interpreter->id(), vector["id"].get<std::string>());
    const InterpreterPtr again = merges::interpreter_of(interpreter->id());
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->id(), interpreter->id());
  }
  EXPECT_EQ(merges::interpreter_of("seawall.consumer-state"), nullptr);
  EXPECT_EQ(merges::interpreter_of("seawall.merge:"), nullptr);
  EXPECT_EQ(merges::interpreter_of("seawall.merge: sum"), nullptr);
}

TEST(Merges, BadSchemasAreRefused) {
  const json all = vectors();  // a loop over a part of a temporary would read a dead one
  for (const json& schema : all["bad_schemas"]) {
    const auto made = merges::make_interpreter({schema});
    ASSERT_FALSE(made.has_value()) << schema;
    EXPECT_EQ(made.error().code, Errc::kInvalidArgument);
  }
  EXPECT_FALSE(merges::make_interpreter(merges::arg_max("\xFF")).has_value());
  EXPECT_FALSE(merges::make_interpreter(merges::list(0)).has_value());
  EXPECT_FALSE(merges::make_interpreter(merges::struct_of({})).has_value());
  constexpr std::size_t kLong = 4000;
  EXPECT_FALSE(merges::make_interpreter(merges::arg_max(std::string(kLong, 'x'))).has_value());
}

TEST(Merges, TheBuilderSpellsEachMerge) {
  EXPECT_EQ(interpreter_for(merges::struct_of({{"z", merges::last()},
                                               {"best", merges::arg_max("a\"b")},
                                               {"actors", merges::map_of(merges::sum())},
                                               {"rating", merges::mean()},
                                               {"least", merges::min()},
                                               {"most", merges::max()},
                                               {"tags", merges::set()},
                                               {"all", merges::list()},
                                               {"few", merges::list(7)},
                                               {"done", merges::flag()}}))
                ->id(),
            R"(seawall.merge:{"actors":map(sum),"all":list,"best":arg_max("a\"b"),"done":flag,)"
            R"("few":list(7),"least":min,"most":max,"rating":mean,"tags":set,"z":last})");
}

TEST(Merges, ARefusalNamesThePlace) {
  const InterpreterPtr interpreter =
      interpreter_for(merges::struct_of({{"a", merges::map_of(merges::sum())}}));
  EXPECT_EQ(interpreter->format(R"({"a":{"x":1,"y":"2"}})").error().message,
            R"("a": "y": expected a number with digits between 1e308 and 1e-324)");
  EXPECT_EQ(interpreter->format(R"({"b":1})").error().message, R"(there is no field "b")");
  EXPECT_EQ(interpreter->format(R"({"a":NaN})").error().message,
            "not JSON: expected a value at offset 5");
}

TEST(Merges, BadBytesLeaveTheStateAsItWas) {
  Merged state(interpreter_for(
      merges::struct_of({{"a", merges::sum()}, {"b", merges::map_of(merges::flag())}})));
  ASSERT_TRUE(state.add(R"({"a":1,"b":{"x":true}})"));
  const std::string before = state.text();
  for (const std::string_view delta : {R"({"a":1,"b":{"y":true,"z":1}})", R"({"a":1,"c":1})",
                                       R"({"a":1)", "", "[]", R"({"b":{},"a":1e999})"}) {
    EXPECT_FALSE(state.live().merge(delta, 1).has_value()) << delta;
    EXPECT_EQ(state.text(), before);
  }
  EXPECT_FALSE(interpreter_for(merges::sum())->parse("5", 0).has_value());
  const Result<void> newer = state.live().merge("{}", 2);
  ASSERT_FALSE(newer.has_value());
  EXPECT_EQ(newer.error().code, Errc::kUnsupported);
}

TEST(Merges, AStateMayBeLargerThanAnyDelta) {
  const InterpreterPtr interpreter = interpreter_for(merges::map_of(merges::sum()));
  Merged state(interpreter);
  constexpr int kRecords = 20;
  for (int i = 0; i < kRecords; ++i) ASSERT_TRUE(state.add(R"({"k":9e308})"));
  EXPECT_EQ(state.text(), R"({"k":1.8e310})");
  state.reload();
  EXPECT_EQ(state.text(), R"({"k":1.8e310})");
  EXPECT_FALSE(state.add(state.text()));
}

TEST(Merges, MemoryFollowsTheState) {
  constexpr std::size_t kBig = 100'000;
  for (const merges::Merge& merge :
       {merges::last(), merges::max(), merges::list(1), merges::set()}) {
    Merged state(interpreter_for(merge));
    const std::size_t empty = state.live().memory_bytes();
    ASSERT_TRUE(state.add("\"" + std::string(kBig, 'x') + "\""));
    EXPECT_GE(state.live().memory_bytes(), empty + kBig) << merge.schema;
    EXPECT_LE(state.live().memory_bytes(), empty + (3 * kBig)) << merge.schema;
  }
  Merged list(interpreter_for(merges::list(1)));
  ASSERT_TRUE(list.add("\"" + std::string(kBig, 'x') + "\""));
  ASSERT_TRUE(list.add("1"));
  EXPECT_LT(list.live().memory_bytes(), kBig);
}

TEST(Merges, MemoryCountsEveryKeyOnce) {
  Merged state(interpreter_for(merges::map_of(merges::sum())));
  const std::size_t empty = state.live().memory_bytes();
  ASSERT_TRUE(state.add(R"({"a":1})"));
  const std::size_t one = state.live().memory_bytes();
  ASSERT_TRUE(state.add(R"({"a":1})"));
  EXPECT_EQ(state.live().memory_bytes(), one);
  ASSERT_TRUE(state.add(R"({"a":0.5})"));
  EXPECT_GT(state.live().memory_bytes(), one);
  ASSERT_TRUE(state.add(R"({"b":1,"c":1})"));
  EXPECT_GE(state.live().memory_bytes(), empty + (3 * (one - empty)));
}

}  // namespace
}  // namespace seawall
