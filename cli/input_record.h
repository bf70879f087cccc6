#pragma once

/// \file
/// One message to persist, from a line of input or from the command line.

#include <cstddef>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/types.h"

#include "command_line.h"

namespace seawall::cli {

/// Longest line read: the largest record, and room for names in escapes.
inline constexpr std::size_t kLineBytesMax = std::size_t{17} << 20;

struct InputRecord {
  std::string client;
  std::string producer;
  BatchId id;
  std::string_view data;      ///< Borrowed from the line or the arguments, byte for byte.
  std::string client_member;  ///< `"client":...` or `"client_b64":...` as given.
  std::string id_text;        ///< The id's JSON as given.
};

/// Parses `{"client":"c","id":7,"producer":"p","data":{...}}`. The limits of names and data are
/// left to the log. Errors: `kInvalidArgument`.
[[nodiscard]] Result<InputRecord> parse_input_line(std::string_view line);

/// Returns the record of --client, --id, --producer and --data. Errors: `kInvalidArgument`.
[[nodiscard]] Result<InputRecord> record_of(const Arguments& arguments);

/// Returns the id that --id's `text` means: an integer if it is one. Errors: `kInvalidArgument`.
[[nodiscard]] Result<BatchId> id_of(std::string_view text);

/// Returns the bytes that `argument` stands for, empty when not given. Errors: `kInvalidArgument`.
[[nodiscard]] Result<std::string> name_of(const NameArgument& argument);

}  // namespace seawall::cli
