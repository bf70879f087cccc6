#include "seawall/merges.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "interpreters/json_text.h"

namespace seawall::merges {

Merge last() {
  return {"last"};
}

Merge sum() {
  return {"sum"};
}

Merge mean() {
  return {"mean"};
}

Merge min() {
  return {"min"};
}

Merge max() {
  return {"max"};
}

Merge arg_max(std::string_view field) {
  return {"arg_max(" + interpreters::json_quote(field) + ")"};
}

Merge set() {
  return {"set"};
}

Merge list() {
  return {"list"};
}

Merge list(std::uint64_t values_max) {
  return {"list(" + std::to_string(values_max) + ")"};
}

Merge flag() {
  return {"flag"};
}

Merge map_of(const Merge& value) {
  return {"map(" + value.schema + ")"};
}

Merge struct_of(const std::vector<std::pair<std::string, Merge>>& fields) {
  std::string schema = "{";
  for (const auto& [name, merge] : fields) {
    if (schema.size() > 1) schema += ',';
    schema.append(interpreters::json_quote(name)).append(":").append(merge.schema);
  }
  return {schema + "}"};
}

}  // namespace seawall::merges
