#pragma once

#include <cstddef>
#include <string>

namespace seawall::process {

/// What `fault_worker` does: calls 0 to `kFaultCalls`, in order, with a round now and then.
inline constexpr std::size_t kFaultCalls = 60;
inline constexpr std::size_t kFaultCheckpointEvery = 20;

/// How `fault_worker` ends when it looks at a log with unreadable bytes and steps over them.
inline constexpr int kUnreadableExit = 4;

inline std::string fault_client(std::size_t call) {
  constexpr std::size_t kClients = 5;
  return "client-" + std::to_string(call % kClients);
}

}  // namespace seawall::process
