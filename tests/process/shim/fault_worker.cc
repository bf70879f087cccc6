// The writer that runs under the shim: fault_worker BASE_DIR ACK_DESCRIPTOR. Without a descriptor
// it looks at the log instead. Acknowledges on the pipe what is durable, as a one-threaded
// kill_writer would; ends with 0, or with 7 once an error was reported, after which it acknowledges
// nothing more.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include <unistd.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/repair.h"
#include "seawall/write_ahead_log.h"

#include "crash/list_interpreter.h"
#include "process/fault_calls.h"
#include "process/kill_log.h"
#include "process/kill_model.h"
#include "process/kill_writer.h"

namespace seawall::process {
namespace {

constexpr int kFailed = 7;

int failed(const Error& error, int code = kFailed) {
  std::cerr << to_string(error) << "\n";
  return code;
}

/// Calls `call` until nothing is short any more.
template <class Call>
auto patiently(const Call& call) {
  constexpr int kTries = 100;
  auto result = call();
  for (int tries = 0; !result && result.error().code == Errc::kExhausted && tries < kTries;
       ++tries) {
    result = call();
  }
  return result;
}

int work(const std::string& base_dir, int ack_pipe) {
  const auto log = patiently([&] { return open_small(base_dir); });
  if (!log) return failed(log.error());
  for (std::size_t call = 0; call < kFaultCalls; ++call) {
    if (call % kFaultCheckpointEvery == kFaultCheckpointEvery - 1) {
      const auto round = patiently([&] { return (*log)->checkpoint(); });
      if (!round) return failed(round.error());
    }
    const auto receipt = patiently([&] {
      return (*log)->persist(fault_client(call), data_of(call), id_of(call), producer_of(call));
    });
    if (!receipt) return failed(receipt.error());
    const Ack ack{call, receipt->lsn.value, static_cast<std::uint64_t>(receipt->outcome)};
    if (::write(ack_pipe, &ack, sizeof ack) != ssize_t{sizeof ack}) return 1;
  }
  if (const auto closed = (*log)->close(); !closed) return failed(closed.error());
  return 0;
}

bool is_unreadable(const Error& error) {
  return error.code == Errc::kCorrupt && error.os_errno == EIO;
}

/// What a log of which some bytes cannot be read says: to a writer, to `verify`, to `repair` and
/// under quarantine. Ends with 0 when all agree that it is whole, with `kUnreadableExit` when all
/// step over the damage, and else with a number of its own for whoever did not.
int look(const std::string& base_dir) {
  constexpr int kVerifyFailed = 11;
  constexpr int kRepairFailed = 12;
  constexpr int kOpenFailed = 13;
  constexpr int kQuarantineFailed = 14;
  constexpr int kDisagree = 15;
  const auto storage = small_segments();
  const auto verified = LogReader::verify(storage, kService, base_dir);
  if (!verified) return failed(verified.error(), kVerifyFailed);
  const auto repaired = repair(storage, {base_dir, kService}, {base_dir, "repaired"});
  if (!repaired) return failed(repaired.error(), kRepairFailed);
  const auto refused = open_small(base_dir);
  if (!refused && !is_unreadable(refused.error())) {
    return failed(refused.error(), kOpenFailed);
  }
  if (refused && verified->damage.empty()) return 0;
  const bool named = !verified->damage.empty();
  if (!named) return kDisagree;
  if (refused) return kUnreadableExit;
  Options options = frequent_rounds();
  options.damage_policy = DamagePolicy::kQuarantine;
  const auto log = WriteAheadLog::open(std::make_shared<crash::ListInterpreter>(true), storage,
                                       kService, base_dir, options);
  if (!log) return failed(log.error(), kQuarantineFailed);
  return kUnreadableExit;
}

}  // namespace
}  // namespace seawall::process

int main(int argc, char** argv) {
  if (argc == 2) return seawall::process::look(argv[1]);
  if (argc != 3) return 1;
  return seawall::process::work(argv[1], std::stoi(argv[2]));
}
