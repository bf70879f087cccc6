#pragma once

/// \file
/// The process that is killed: eight threads on one log, each acknowledging on a pipe what is
/// durable.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "process/kill_model.h"

namespace seawall::process {

inline constexpr std::size_t kWriterThreads = 8;

/// What a writer may do wrong, to show that the check would see it.
enum class WriterFault : std::uint8_t {
  kNone,
  kAcksBeforeDurable,  ///< Acknowledges what it has only submitted.
  kNewIdsOnRetry,      ///< Gives a redelivered message another id.
};

/// What one life is told to do.
struct WriterPlan {
  std::string base_dir;
  std::array<std::vector<std::size_t>, kWriterThreads> calls;
  std::vector<std::string> clears;
  WriterFault fault = WriterFault::kNone;
};

/// One acknowledgement on the pipe, written whole.
struct Ack {
  static constexpr std::uint64_t kClear = std::uint64_t{1} << 63;  ///< Flag of `number`.
  static constexpr std::uint64_t kOpened = ~std::uint64_t{0};      ///< The log is open.
  std::uint64_t number = 0;  ///< Of the call, or of `WriterPlan::clears`.
  std::uint64_t lsn = 0;
  std::uint64_t outcome = 0;
};

/// How a writer ends when it is not killed.
enum class WriterExit : std::uint8_t {
  kDone,
  kOpenFailed,
  kViewsDiffer,
  kCallFailed,
  kCloseFailed
};

/// Opens the log, compares it with `model.states`, and does what `plan` says. Messages of failures
/// go to stderr.
[[nodiscard]] WriterExit run_writer(const WriterPlan& plan, const KillModel& model, int ack_pipe);

}  // namespace seawall::process
