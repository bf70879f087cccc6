#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>

#include "crash/explorer.h"
#include "crash/world.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {
namespace {

using storage::FaultKind;
using Operation = storage::SimulatedOperation;

constexpr int kSteps = 40;
constexpr int kStepsAfter = 10;

struct Shortage {
  Operation operation;
  int os_errno;
  bool repeat = false;
  FaultKind kind = FaultKind::kError;
};

// A write that still runs short after a while ends the log, since its record has an LSN: so none of
// them repeats.
constexpr Shortage kShortages[] = {
    {.operation = Operation::kOpenDirectory, .os_errno = EMFILE},
    {.operation = Operation::kList, .os_errno = EMFILE},
    {.operation = Operation::kList, .os_errno = ENOMEM, .repeat = true},
    {.operation = Operation::kOpen, .os_errno = EMFILE},
    {.operation = Operation::kOpen, .os_errno = ENFILE, .repeat = true},
    {.operation = Operation::kRead, .os_errno = ENOMEM},
    {.operation = Operation::kRead, .os_errno = ENOMEM, .repeat = true},
    {.operation = Operation::kFreeBytes, .os_errno = ENOMEM},
    {.operation = Operation::kLock, .os_errno = EMFILE},
    {.operation = Operation::kMakeDirectory, .os_errno = ENOMEM},
    {.operation = Operation::kCreate, .os_errno = EMFILE},
    {.operation = Operation::kCreate, .os_errno = EMFILE, .repeat = true},
    {.operation = Operation::kWrite, .os_errno = ENOMEM},
    {.operation = Operation::kWrite, .os_errno = EINTR, .repeat = false, .kind = FaultKind::kShort},
    {.operation = Operation::kAllocate, .os_errno = ENOMEM, .repeat = true},
    {.operation = Operation::kRename, .os_errno = ENOMEM},
    {.operation = Operation::kRename, .os_errno = ENOMEM, .repeat = true},
    {.operation = Operation::kUnlink, .os_errno = ENOMEM},
};

}  // namespace

std::string ShortageExplorer::run() {
  for (const Shortage& shortage : kShortages) {
    for (std::uint64_t nth = 1 + seed_ % stride_;; nth += stride_) {
      World world(std::make_shared<storage::SimulatedFileSystem>(seed_), seed_);
      world.machine().fail({.operation = shortage.operation,
                            .name_prefix = {},
                            .nth = nth,
                            .repeat = shortage.repeat,
                            .os_errno = shortage.os_errno,
                            .kind = shortage.kind});
      world.expect_shortage(true);
      std::string wrong = world.open_and_check();
      if (wrong.empty() && world.opened()) wrong = world.work(kSteps);
      const bool finished = world.machine().struck() == 0;
      if (wrong.empty()) wrong = go_on(world, nth);
      if (!wrong.empty()) {
        return "short of " + std::string(storage::operation_name(shortage.operation)) + " " +
               std::to_string(nth) + " (" + std::to_string(shortage.os_errno) + "): " + wrong;
      }
      if (finished) break;
    }
  }
  return "";
}

// With enough of everything the same life works on; killed, nothing is missing.
std::string ShortageExplorer::go_on(World& world, std::uint64_t salt) {
  world.machine().clear_faults();
  world.expect_shortage(false);
  std::string wrong;
  if (!world.opened()) wrong = world.open_and_check();
  if (wrong.empty()) wrong = world.work(kStepsAfter);
  if (wrong.empty()) wrong = recovery_.survive(world, salt);
  if (!wrong.empty()) return "afterwards: " + wrong;
  world.kill();
  wrong = world.open_and_check();
  return wrong.empty() ? "" : "opened again: " + wrong;
}

}  // namespace seawall::crash
