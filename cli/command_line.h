#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "exit_code.h"

namespace seawall::cli {

/// A client id or producer as given: as text or as base64.
struct NameArgument {
  std::optional<std::string> text;
  std::optional<std::string> base64;
};

/// What the command line says. Each verb looks at its own options only.
struct Arguments {
  std::string dir;
  bool json = false;
  NameArgument client;
  NameArgument producer;
  std::optional<std::string> id;
  std::optional<std::string> data;
  std::optional<std::string> input;
  std::optional<std::string> merge;
  std::size_t in_flight = 0;
  bool wait_space = false;
  bool keep_ids = false;
  bool ended = false;
  bool strict = false;
  bool quarantine = false;
  std::string out;
  bool admit_unknown = false;
  std::uint64_t from_lsn = 0;
  std::uint64_t to_lsn = 0;
  std::string demo_csv;
  std::string demo_dir;
  std::optional<std::uint64_t> demo_seed;
  unsigned demo_kills = 0;
};

/// Parses the command line and runs its verb. Prints help, version and usage errors itself.
[[nodiscard]] ExitCode run_command_line(int argc, char** argv);

}  // namespace seawall::cli
