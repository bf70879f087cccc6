#include "figures.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "json_line.h"

namespace seawall::cli {

void Figures::add(std::string_view name, std::uint64_t value) {
  add_json(name, std::to_string(value));
}

void Figures::add(std::string_view name, std::string_view utf8) {
  add_json(name, json_ ? json_string(utf8) : printable(utf8));
}

void Figures::add_json(std::string_view name, std::string_view json) {
  if (json_) {
    out_ += fmt::format("{}\"{}\":{}", out_.empty() ? "" : ",", name, json);
    return;
  }
  std::string label(name);
  std::ranges::replace(label, '_', ' ');
  out_ += fmt::format("{:<22} {}\n", label, json);
}

}  // namespace seawall::cli
