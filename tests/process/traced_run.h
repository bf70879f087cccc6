#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "process/child.h"
#include "process/kill_model.h"

namespace seawall::process {

/// One line of the shim's trace.
struct TracedCall {
  std::string call;
  std::string result;  ///< "ok", "error", or "FAULT" where the shim made it fail.
  std::string path;
  std::string to;  ///< Of a rename.
};

/// One run of `fault_worker` under the shim.
struct TracedRun {
  Ending ending;
  std::string ack_fault;  ///< What is wrong with an acknowledgement, if anything.
  std::size_t acks = 0;
  std::vector<TracedCall> calls;
};

/// Runs the worker on the log in `base_dir` with `fault` (see fault_shim.cc), empty for none, on
/// what lies below `root`; gives its acknowledgements to `model`. The trace is kept beside `root`.
[[nodiscard]] TracedRun run_traced(const std::string& root, const std::string& base_dir,
                                   const std::string& fault, KillModel& model);

/// Returns the model of a worker that was not run yet.
[[nodiscard]] KillModel worker_model();

}  // namespace seawall::process
