#include "input_record.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "seawall/error.h"
#include "seawall/types.h"

#include "base64.h"
#include "command_line.h"
#include "interpreters/json_object_scanner.h"
#include "interpreters/json_text.h"
#include "json_line.h"

namespace seawall::cli {
namespace {

using interpreters::json_unquote;
using interpreters::JsonMember;
using interpreters::JsonObjectScanner;

std::unexpected<Error> invalid(std::string message) {
  return std::unexpected(Error{Errc::kInvalidArgument, 0, std::move(message), {}});
}

// The values of one line by key, as bytes of the line; empty when absent.
struct Members {
  std::string_view client;
  std::string_view client_b64;
  std::string_view producer;
  std::string_view producer_b64;
  std::string_view id;
  std::string_view data;

  std::string_view* find(std::string_view key) {
    const std::array<std::pair<std::string_view, std::string_view*>, 6> known{{
        {"client", &client},
        {"client_b64", &client_b64},
        {"producer", &producer},
        {"producer_b64", &producer_b64},
        {"id", &id},
        {"data", &data},
    }};
    for (const auto& [name, value] : known) {
      if (name == key) return value;
    }
    return nullptr;
  }
};

Result<Members> split(std::string_view line) {
  // The data may nest as deep as it may alone; the line around it is one level more.
  JsonObjectScanner scanner(line, interpreters::kJsonDepthMax + 1);
  Members members;
  while (true) {
    const auto member = scanner.next();
    if (!member) {
      return invalid(fmt::format("not a JSON object: {} at offset {}", member.error().what,
                                 member.error().offset));
    }
    if (!*member) return members;
    const std::string key = json_unquote((*member)->key);
    std::string_view* value = members.find(key);
    // A misspelt "producer" taken for none would make new messages look like duplicates.
    if (value == nullptr) return invalid("unknown key " + json_string(key));
    if (!value->empty()) return invalid("key " + json_string(key) + " given twice");
    *value = (*member)->value;
  }
}

Result<std::string> string_value(std::string_view value, std::string_view key) {
  if (value.front() != '"') return invalid(fmt::format("{} must be a string", key));
  return json_unquote(value);
}

Result<std::string> name_value(std::string_view text, std::string_view base64,
                               std::string_view key) {
  if (!text.empty() && !base64.empty()) {
    return invalid(fmt::format("{0} and {0}_b64 exclude each other", key));
  }
  if (!text.empty()) return string_value(text, key);
  if (base64.empty()) return std::string();
  const Result<std::string> encoded = string_value(base64, fmt::format("{}_b64", key));
  if (!encoded) return encoded;
  std::optional<std::string> decoded = base64_decode(*encoded);
  if (!decoded) return invalid(fmt::format("{}_b64 is not base64", key));
  return std::move(*decoded);
}

Result<BatchId> id_value(std::string_view value) {
  if (value.front() == '"') return BatchId(json_unquote(value));
  std::uint64_t integer = 0;
  const char* end = value.data() + value.size();
  const auto [rest, fault] = std::from_chars(value.data(), end, integer);
  BatchId id(integer);
  if (fault != std::errc{} || rest != end || id.is_invalid()) {
    return invalid("id must be an integer from 0 to 2^63-1 or a string");
  }
  return id;
}

}  // namespace

Result<InputRecord> parse_input_line(std::string_view line) {
  const Result<Members> members = split(line);
  if (!members) return std::unexpected(members.error());
  if (members->client.empty() && members->client_b64.empty()) return invalid("client is missing");
  if (members->id.empty()) return invalid("id is missing");
  if (members->data.empty()) return invalid("data is missing");
  Result<std::string> client = name_value(members->client, members->client_b64, "client");
  if (!client) return std::unexpected(client.error());
  Result<std::string> producer = name_value(members->producer, members->producer_b64, "producer");
  if (!producer) return std::unexpected(producer.error());
  Result<BatchId> id = id_value(members->id);
  if (!id) return std::unexpected(id.error());
  return InputRecord{.client = std::move(*client),
                     .producer = std::move(*producer),
                     .id = std::move(*id),
                     .data = members->data,
                     .client_member = members->client.empty()
                                          ? fmt::format("\"client_b64\":{}", members->client_b64)
                                          : fmt::format("\"client\":{}", members->client),
                     .id_text = std::string(members->id)};
}

Result<InputRecord> record_of(const Arguments& arguments) {
  if (!arguments.client.text && !arguments.client.base64) return invalid("--client is missing");
  if (!arguments.id) return invalid("--id is missing");
  if (!arguments.data) return invalid("--data or --input is missing");
  Result<std::string> client = name_of(arguments.client);
  if (!client) return std::unexpected(client.error());
  Result<std::string> producer = name_of(arguments.producer);
  if (!producer) return std::unexpected(producer.error());
  Result<BatchId> id = id_of(*arguments.id);
  if (!id) return std::unexpected(id.error());
  std::string client_member = json_name_member("client", *client);
  const bool is_json = id->is_integer() || interpreters::is_utf8(*arguments.id);
  if (!is_json) return invalid("--id must be UTF-8");
  return InputRecord{.client = std::move(*client),
                     .producer = std::move(*producer),
                     .id = *id,
                     .data = *arguments.data,
                     .client_member = std::move(client_member),
                     .id_text = id->is_integer() ? *arguments.id : json_string(*arguments.id)};
}

Result<BatchId> id_of(std::string_view text) {
  BatchId id(text);
  const bool negative = text.size() > 1 && text.front() == '-' &&
                        text.find_first_not_of("0123456789", 1) == std::string_view::npos;
  if (id.is_invalid() || negative) {
    return invalid("--id must be an integer from 0 to 2^63-1 or a string of 1 to 4096 bytes");
  }
  return id;
}

Result<std::string> name_of(const NameArgument& argument) {
  if (argument.text) return *argument.text;
  if (!argument.base64) return std::string();
  std::optional<std::string> decoded = base64_decode(*argument.base64);
  if (!decoded) return invalid("'" + *argument.base64 + "' is not base64");
  return std::move(*decoded);
}

}  // namespace seawall::cli
