// The writer that runs under the shim: fault_worker BASE_DIR ACK_DESCRIPTOR. Acknowledges on the
// pipe what is durable, as a one-threaded kill_writer would; ends with 0, or with 7 once an error
// was reported, after which it acknowledges nothing more.

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include <unistd.h>

#include "seawall/error.h"
#include "seawall/write_ahead_log.h"

#include "process/fault_calls.h"
#include "process/kill_log.h"
#include "process/kill_model.h"
#include "process/kill_writer.h"

namespace seawall::process {
namespace {

constexpr int kFailed = 7;

int failed(const Error& error) {
  std::cerr << to_string(error) << "\n";
  return kFailed;
}

int work(const std::string& base_dir, int ack_pipe) {
  const auto log = open_small(base_dir);
  if (!log) return failed(log.error());
  for (std::size_t call = 0; call < kFaultCalls; ++call) {
    if (call % kFaultCheckpointEvery == kFaultCheckpointEvery - 1) {
      if (const auto round = (*log)->checkpoint(); !round) return failed(round.error());
    }
    const auto receipt =
        (*log)->persist(fault_client(call), data_of(call), id_of(call), producer_of(call));
    if (!receipt) return failed(receipt.error());
    const Ack ack{call, receipt->lsn.value, static_cast<std::uint64_t>(receipt->outcome)};
    if (::write(ack_pipe, &ack, sizeof ack) != ssize_t{sizeof ack}) return 1;
  }
  if (const auto closed = (*log)->close(); !closed) return failed(closed.error());
  return 0;
}

}  // namespace
}  // namespace seawall::process

int main(int argc, char** argv) {
  if (argc != 3) return 1;
  return seawall::process::work(argv[1], std::stoi(argv[2]));
}
