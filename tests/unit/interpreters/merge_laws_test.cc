// The laws that docs/merges.md claims, and a model of every merge.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "seawall/merges.h"

#include "unit/interpreters/merged.h"

namespace seawall {
namespace {

using nlohmann::json;

merges::Merge unordered() {
  return merges::struct_of(
      {{"sum", merges::sum()},
       {"mean", merges::mean()},
       {"min", merges::min()},
       {"max", merges::max()},
       {"best", merges::arg_max("s")},
       {"set", merges::set()},
       {"flag", merges::flag()},
       {"map", merges::map_of(merges::struct_of({{"n", merges::sum()}, {"hi", merges::max()}}))}});
}

merges::Merge all_kinds() {
  return merges::struct_of({{"rest", unordered()},
                            {"last", merges::last()},
                            {"list", merges::list()},
                            {"few", merges::list(2)}});
}

rc::Gen<std::string> any_number() {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange(-3, 4), [](int v) { return std::to_string(v); }),
      rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](auto v) { return std::to_string(v); }),
      rc::gen::element<std::string>("0.1", "0.2", "-0.3", "1.0", "1e0", "1e300", "-1e300", "5e-324",
                                    "123456789.987654321", "-0", "9223372036854775807"));
}

rc::Gen<std::string> any_string() {
  return rc::gen::element<std::string>(R"("")", R"("a")", R"("\u0061")", R"("é")", R"("\u00e9")",
                                       R"("\ud800")", R"("\n\\\"")", R"("😀")", R"("10")",
                                       R"("9")");
}

rc::Gen<std::string> any_scalar() {
  return rc::gen::oneOf(any_number(), any_string());
}

rc::Gen<std::string> object_of(
    const std::vector<std::pair<std::string, rc::Gen<std::string>>>& fields) {
  return rc::gen::exec([fields] {
    std::string out;
    for (const auto& [name, value] : fields) {
      if (*rc::gen::inRange(0, 3) == 0) continue;
      out += (out.empty() ? "" : ",") + std::string("\"") + name + "\":" + *value;
    }
    return "{" + out + "}";
  });
}

rc::Gen<std::string> array_of(const rc::Gen<std::string>& element) {
  return rc::gen::map(rc::gen::resize(3, rc::gen::container<std::vector<std::string>>(element)),
                      [](const std::vector<std::string>& elements) {
                        std::string out;
                        for (const std::string& e : elements) out += (out.empty() ? "" : ",") + e;
                        return "[" + out + "]";
                      });
}

rc::Gen<std::string> any_unordered_delta() {
  const auto scored =
      rc::gen::map(rc::gen::pair(any_scalar(), rc::gen::inRange(0, 3)), [](const auto& parts) {
        return R"({"s":)" + parts.first + R"(,"i":)" + std::to_string(parts.second) + "}";
      });
  const auto entry = object_of({{"n", any_number()}, {"hi", any_scalar()}});
  return object_of({{"sum", any_number()},
                    {"mean", any_number()},
                    {"min", any_scalar()},
                    {"max", rc::gen::oneOf(any_scalar(), rc::gen::just(std::string("null")))},
                    {"best", scored},
                    {"set", rc::gen::oneOf(any_scalar(), array_of(any_scalar()))},
                    {"flag", rc::gen::element<std::string>("true", "false", "false")},
                    {"map", object_of({{"x", entry}, {"y", entry}, {"", entry}})}});
}

rc::Gen<std::string> any_delta() {
  const auto value =
      rc::gen::oneOf(any_scalar(), array_of(any_scalar()), rc::gen::just(std::string("null")));
  return object_of(
      {{"rest", any_unordered_delta()}, {"last", value}, {"list", value}, {"few", value}});
}

using Deltas = std::vector<std::string>;

rc::Gen<Deltas> several(const rc::Gen<std::string>& delta) {
  constexpr int kSmall = 8;
  return rc::gen::resize(kSmall, rc::gen::container<Deltas>(delta));
}

RC_GTEST_PROP(MergeLaws, OrderDoesNotMatter, ()) {
  const InterpreterPtr interpreter = interpreter_for(unordered());
  Deltas deltas = *several(any_unordered_delta());
  const std::string in_order = merged(interpreter, deltas);
  for (std::size_t i = deltas.size(); i > 1; --i) {
    std::swap(deltas[i - 1], deltas[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  RC_ASSERT(merged(interpreter, deltas) == in_order);
}

// Deltas merged among themselves first are one delta: the state they make.
RC_GTEST_PROP(MergeLaws, AStateIsADelta, ()) {
  const InterpreterPtr interpreter = interpreter_for(unordered());
  const Deltas first = *several(any_unordered_delta());
  const Deltas second = *several(any_unordered_delta());
  Deltas all = first;
  all.insert(all.end(), second.begin(), second.end());
  RC_ASSERT(merged(interpreter, {merged(interpreter, first), merged(interpreter, second)}) ==
            merged(interpreter, all));
}

RC_GTEST_PROP(MergeLaws, ReloadsChangeNothing, ()) {
  const InterpreterPtr interpreter = interpreter_for(all_kinds());
  Merged kept(interpreter);
  Merged reloaded(interpreter);
  for (const std::string& delta : *several(any_delta())) {
    RC_ASSERT(kept.add(delta));
    RC_ASSERT(reloaded.add(delta));
    if (*rc::gen::arbitrary<bool>()) reloaded.reload();
    RC_ASSERT(reloaded.text() == kept.text());
    RC_ASSERT(kept.text() == kept.text());
  }
}

// Whatever `format` takes merges (Merged::add looks), and what it refuses is not taken by a merge.
RC_GTEST_PROP(MergeLaws, FormatDecides, ()) {
  const InterpreterPtr interpreter = interpreter_for(all_kinds());
  std::string text = *any_delta();
  const auto edits = *rc::gen::resize(
      3, rc::gen::container<std::vector<std::pair<std::size_t, char>>>(
             rc::gen::pair(rc::gen::inRange<std::size_t>(0, 500),
                           rc::gen::elementOf(std::string("{}[]\",:\\ 019-.eEtn\x80")))));
  for (const auto& [at, byte] : edits) text[at % text.size()] = byte;
  Merged state(interpreter);
  RC_ASSERT(state.add(R"({"rest":{"sum":1},"last":2,"list":3,"few":4})"));
  const std::string before = state.text();
  if (interpreter->format(text)) {
    RC_ASSERT(state.add(text));
    state.reload();
    return;
  }
  RC_ASSERT(!state.live().merge(text, 1).has_value());
  RC_ASSERT(state.text() == before);
}

TEST(MergeLaws, OrderMattersForLastAndList) {
  for (const merges::Merge& merge : {merges::last(), merges::list(), merges::list(1)}) {
    const InterpreterPtr interpreter = interpreter_for(merge);
    EXPECT_NE(merged(interpreter, {"1", "2"}), merged(interpreter, {"2", "1"})) << merge.schema;
  }
}

// Small whole numbers and letters, so that a model can be plain C++.
struct Model {
  std::int64_t sum = 0;
  std::int64_t count = 0;
  std::optional<int> min;
  std::optional<int> max;
  std::set<int> set;
  std::map<std::string, std::int64_t> by_key;
  std::vector<int> list;
  bool flag = false;

  void add(int value) {
    sum += value;
    ++count;
    min = std::min(min.value_or(value), value);
    max = std::max(max.value_or(value), value);
    set.insert(value);
    by_key[std::string(1, static_cast<char>('a' + (value % 3)))] += value;
    list.push_back(value);
    flag = flag || value > 7;
  }

  [[nodiscard]] json state() const {
    const std::size_t few = std::min<std::size_t>(list.size(), 2);
    const auto scored = [](int value) { return json{{"s", value}}; };
    return {{"best", max ? scored(*max) : json()},
            {"few", std::vector<int>(list.end() - static_cast<std::ptrdiff_t>(few), list.end())},
            {"flag", flag},
            {"last", list.empty() ? json() : json(list.back())},
            {"list", list},
            {"map", by_key},
            {"max", max ? json(*max) : json()},
            {"mean", {{"count", count}, {"sum", sum}}},
            {"min", min ? json(*min) : json()},
            {"set", set},
            {"sum", sum}};
  }
};

json delta_of(int value) {
  json delta = {{"best", {{"s", value}}},
                {"map", {{std::string(1, static_cast<char>('a' + (value % 3))), value}}},
                {"flag", value > 7}};
  for (const char* name : {"few", "last", "list", "max", "mean", "min", "set", "sum"}) {
    delta[name] = value;
  }
  return delta;
}

RC_GTEST_PROP(MergeLaws, StatesAreThoseOfTheModel, ()) {
  Merged state(interpreter_for(merges::struct_of({{"best", merges::arg_max("s")},
                                                  {"few", merges::list(2)},
                                                  {"flag", merges::flag()},
                                                  {"last", merges::last()},
                                                  {"list", merges::list()},
                                                  {"map", merges::map_of(merges::sum())},
                                                  {"max", merges::max()},
                                                  {"mean", merges::mean()},
                                                  {"min", merges::min()},
                                                  {"set", merges::set()},
                                                  {"sum", merges::sum()}})));
  Model model;
  for (const int value : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12))) {
    RC_ASSERT(state.add(delta_of(value).dump()));
    model.add(value);
    if (*rc::gen::inRange(0, 4) == 0) state.reload();
    RC_ASSERT(state.text() == model.state().dump());
  }
}

}  // namespace
}  // namespace seawall
