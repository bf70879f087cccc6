#pragma once

#include <cerrno>
#include <cstdint>
#include <expected>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <utility>

#include "seawall/error.h"

#include "storage/file/os_error.h"
#include "storage/file/simulated_disk.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_random.h"

namespace seawall::storage {

/// What a simulated file system and its handles share; `mutex` guards all of it.
struct SimulatedMachine {
  explicit SimulatedMachine(std::uint64_t seed) : random(seed) {}

  mutable std::mutex mutex;
  SimulatedDisk disk;
  SimulatedFaults faults;
  SimulatedRandom random;
  /// Raised by each power cut and kill; handles of an older one are dead.
  std::uint64_t generation = 0;
  std::uint64_t slept_us = 0;
};

/// Returns the error of `call` that fails with errno `number`, worded as the POSIX one.
inline Error call_error(const SimulatedMachine& machine, const SimulatedCall& call, int number) {
  const std::string_view action = operation_name(call.operation);
  const bool reads = call.operation == SimulatedOperation::kRead ||
                     call.operation == SimulatedOperation::kOpen ||
                     call.operation == SimulatedOperation::kSize;
  // Without power nothing is read, which says nothing about the medium.
  return reads && !machine.faults.is_off() ? read_error(number, action, call.name, call.offset)
                                           : os_error(number, action, call.name);
}

/// Runs `perform`, which returns OrErrno<T>, as one counted operation. `fail` is what a fault does
/// instead of it. The caller holds the mutex.
template <class Perform, class Fail>
auto run_call_locked(SimulatedMachine& machine, const SimulatedCall& call, const Perform& perform,
                     const Fail& fail) -> Result<typename decltype(perform())::value_type> {
  const SimulatedFaults::Verdict verdict = machine.faults.judge(call);
  if (verdict.os_errno != 0 && verdict.kind != FaultKind::kAfter) {
    if (!machine.faults.is_off()) fail(verdict.kind);
    return std::unexpected(call_error(machine, call, verdict.os_errno));
  }
  auto result = perform();
  const int error = result ? verdict.os_errno : result.error();
  if (error != 0) return std::unexpected(call_error(machine, call, error));
  if constexpr (std::is_void_v<typename decltype(result)::value_type>) {
    return {};
  } else {
    return *std::move(result);
  }
}

template <class Perform>
auto run_call_locked(SimulatedMachine& machine, const SimulatedCall& call, const Perform& perform) {
  return run_call_locked(machine, call, perform, [](FaultKind) {});
}

}  // namespace seawall::storage
