#include "interpreters/merges/schema.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "interpreters/json_cursor.h"
#include "interpreters/json_text.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"

namespace seawall::merges {
namespace {

using interpreters::JsonCursor;

// Each of the readers below returns null, or nothing, after a fault of the cursor.
class SchemaReader {
 public:
  explicit SchemaReader(std::string_view schema) : schema_(schema), cursor_(schema) {}

  Result<NodePtr> read() {
    NodePtr node = read_node(0);
    cursor_.skip_space();
    if (node != nullptr && !cursor_.at_end()) fail("bytes after the schema");
    if (!fault_.empty() || node == nullptr) {
      return refused("not a schema of merges: " + fault() + " at offset " +
                     std::to_string(cursor_.offset()));
    }
    return node;
  }

 private:
  struct Plain {
    std::string_view word;
    NodePtr (*make)();
  };
  static constexpr Plain kPlain[] = {{"last", make_last}, {"sum", make_sum}, {"mean", make_mean},
                                     {"min", make_min},   {"max", make_max}, {"set", make_set},
                                     {"flag", make_flag}};

  [[nodiscard]] std::string fault() const {
    return fault_.empty() ? std::string(cursor_.fault().what) : fault_;
  }

  std::nullptr_t fail(std::string what) {
    fault_ = std::move(what);
    return nullptr;
  }

  std::string_view read_word() {
    const std::size_t begin = cursor_.offset();
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    while (is_letter(cursor_.peek())) cursor_.skip_char(cursor_.peek(), "");
    return schema_.substr(begin, cursor_.offset() - begin);
  }

  bool open() {
    cursor_.skip_space();
    if (!cursor_.skip_char('(', "expected '('")) return false;
    cursor_.skip_space();
    return true;
  }

  bool close() {
    cursor_.skip_space();
    return cursor_.skip_char(')', "expected ')'");
  }

  NodePtr read_node(std::size_t depth) {
    if (depth > kSchemaDepthMax) return fail("nested too deep");
    cursor_.skip_space();
    if (cursor_.peek() == '{') return read_struct(depth);
    const std::string_view word = read_word();
    if (word == "map") return read_map(depth);
    if (word == "arg_max") return read_arg_max();
    if (word == "list") return read_list();
    const auto* const plain = std::ranges::find(kPlain, word, &Plain::word);
    if (plain == std::end(kPlain)) return fail("no such merge: '" + std::string(word) + "'");
    return plain->make();
  }

  NodePtr read_map(std::size_t depth) {
    if (!open()) return nullptr;
    NodePtr value = read_node(depth + 1);
    if (value == nullptr || !close()) return nullptr;
    return make_map(std::move(value));
  }

  NodePtr read_arg_max() {
    if (!open()) return nullptr;
    std::optional<std::string> field = read_name();
    if (!field || !close()) return nullptr;
    return make_arg_max(std::move(*field));
  }

  NodePtr read_list() {
    cursor_.skip_space();
    if (cursor_.peek() != '(') return make_list(std::nullopt);
    if (!open()) return nullptr;
    const std::string_view rest = schema_.substr(cursor_.offset());
    std::uint64_t values_max = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), values_max);
    if (read.ec != std::errc() || values_max == 0) return fail("expected a cap of at least 1");
    for (const char* at = rest.data(); at != read.ptr; ++at) cursor_.skip_char(*at, "");
    if (!close()) return nullptr;
    return make_list(values_max);
  }

  std::optional<std::string> read_name() {
    const std::size_t begin = cursor_.offset();
    if (!cursor_.skip_string()) return std::nullopt;
    return interpreters::json_unquote(schema_.substr(begin, cursor_.offset() - begin));
  }

  NodePtr read_struct(std::size_t depth) {
    std::vector<std::pair<std::string, NodePtr>> fields;
    char opened_by = '{';
    do {
      cursor_.skip_char(opened_by, "expected '{'");
      cursor_.skip_space();
      std::optional<std::string> name = read_name();
      if (!name) return nullptr;
      cursor_.skip_space();
      if (!cursor_.skip_char(':', "expected ':'")) return nullptr;
      NodePtr node = read_node(depth + 1);
      if (node == nullptr) return nullptr;
      fields.emplace_back(std::move(*name), std::move(node));
      cursor_.skip_space();
      opened_by = ',';
    } while (cursor_.peek() == ',');
    if (!cursor_.skip_char('}', "expected ',' or '}'")) return nullptr;
    const auto name = [](const auto& field) -> const std::string& { return field.first; };
    std::ranges::sort(fields, {}, name);
    if (std::ranges::adjacent_find(fields, {}, name) != fields.end()) {
      return fail("field given twice");
    }
    return make_struct(std::move(fields));
  }

  std::string_view schema_;
  JsonCursor cursor_;
  std::string fault_;
};

}  // namespace

Result<NodePtr> parse_schema(std::string_view schema) {
  if (schema.size() > kSchemaBytesMax) return refused("a schema has at most 4,000 bytes");
  Result<NodePtr> node = SchemaReader(schema).read();
  if (!node) return node;
  // The canonical spelling becomes a log's id, and may be longer: it escapes more.
  std::string canonical;
  (*node)->describe(canonical);
  if (canonical.size() > kSchemaBytesMax) {
    return refused("a schema has at most 4,000 bytes, in its canonical spelling too");
  }
  return node;
}

}  // namespace seawall::merges
