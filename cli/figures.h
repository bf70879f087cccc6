#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seawall::cli {

/// Named figures, as lines for people or as one JSON object.
class Figures {
 public:
  explicit Figures(bool json) : json_(json) {}

  void add(std::string_view name, std::uint64_t value);
  void add(std::string_view name, std::string_view utf8);
  /// Adds `json` as it is; in text, under the name too.
  void add_json(std::string_view name, std::string_view json);

  /// Returns all of them, a line end included.
  [[nodiscard]] std::string text() const { return json_ ? "{" + out_ + "}\n" : out_; }

 private:
  bool json_;
  std::string out_;
};

}  // namespace seawall::cli
