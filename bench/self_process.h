#pragma once

/// \file
/// This program again, as a process of its own: to be killed, or to have memory of its own. Not a
/// fork, which threads that engines keep (RocksDB's) do not survive.

#include <string>
#include <vector>

namespace seawall::bench {

struct Ended {
  bool exited_well = false;  ///< With status 0.
  bool killed = false;       ///< By SIGKILL.
  std::string output;        ///< What it printed.
};

/// Runs this program with `arguments` to its end.
[[nodiscard]] Ended run_self(std::vector<std::string> arguments);

/// Ends this process as `kill -9` does.
[[noreturn]] void kill_self();

}  // namespace seawall::bench
