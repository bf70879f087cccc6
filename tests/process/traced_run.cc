#include "process/traced_run.h"

#include <array>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "seawall/types.h"

#include "process/child.h"
#include "process/fault_calls.h"
#include "process/kill_model.h"
#include "process/kill_writer.h"

namespace seawall::process {
namespace {

/// Becomes the worker; returns only on failure.
int become_worker(const std::string& root, const std::string& base_dir, const std::string& fault,
                  int ack_pipe) {
  constexpr int kNotStarted = 99;
  std::array<std::string, 4> environment = {
      "LD_PRELOAD=" SEAWALL_SHIM, "SEAWALL_SHIM_BELOW=" + root, "SEAWALL_SHIM_FAULT=" + fault,
      "SEAWALL_SHIM_TRACE=" + root + ".trace"};
  const std::array<char*, 5> pointers = {environment[0].data(), environment[1].data(),
                                         environment[2].data(), environment[3].data(), nullptr};
  const std::string descriptor = std::to_string(ack_pipe);
  ::execle(SEAWALL_FAULT_WORKER, SEAWALL_FAULT_WORKER, base_dir.c_str(), descriptor.c_str(),
           nullptr, pointers.data());
  return kNotStarted;
}

std::vector<TracedCall> read_trace(const std::string& path) {
  std::vector<TracedCall> calls;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    TracedCall call;
    std::istringstream(line) >> call.call >> call.result >> call.path >> call.to;
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace

TracedRun run_traced(const std::string& root, const std::string& base_dir, const std::string& fault,
                     KillModel& model) {
  const std::string trace = root + ".trace";
  ::unlink(trace.c_str());
  Pipe pipe;
  Child worker([&] {
    pipe.close_reader();
    return become_worker(root, base_dir, fault, pipe.writer());
  });
  pipe.close_writer();
  TracedRun run;
  for (Ack ack; ::read(pipe.reader(), &ack, sizeof ack) == ssize_t{sizeof ack}; ++run.acks) {
    const std::string wrong =
        model.take_ack(ack.number, static_cast<Outcome>(ack.outcome), Lsn{ack.lsn}, 1);
    if (run.ack_fault.empty()) run.ack_fault = wrong;
  }
  run.ending = worker.wait();
  run.calls = read_trace(trace);
  ::unlink(trace.c_str());
  return run;
}

KillModel worker_model() {
  KillModel model;
  for (std::size_t call = 0; call < kFaultCalls; ++call) {
    model.calls[call].clients = {fault_client(call)};
  }
  return model;
}

}  // namespace seawall::process
