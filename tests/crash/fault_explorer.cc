#include <cerrno>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>

#include "crash/explorer.h"
#include "crash/world.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {
namespace {

using storage::FaultKind;

constexpr int kSteps = 40;
constexpr int kStepsAfter = 10;

struct Failure {
  int os_errno;  ///< EROFS: every change from then on.
  FaultKind kind;
  bool repeat;
};

constexpr Failure kFailures[] = {
    {.os_errno = EIO, .kind = FaultKind::kError, .repeat = false},
    {.os_errno = EIO, .kind = FaultKind::kShort, .repeat = false},
    {.os_errno = EIO, .kind = FaultKind::kAfter, .repeat = false},
    {.os_errno = EIO, .kind = FaultKind::kError, .repeat = true},
    {.os_errno = ENOSPC, .kind = FaultKind::kError, .repeat = false},
    {.os_errno = ENOSPC, .kind = FaultKind::kShort, .repeat = false},
    {.os_errno = EROFS, .kind = FaultKind::kError, .repeat = true},
};

constexpr std::uint64_t kFailureCount = std::size(kFailures);

void inject(storage::SimulatedFileSystem& machine, const Failure& failure, std::uint64_t nth) {
  if (failure.os_errno == EROFS) {
    machine.read_only_from(nth);
    return;
  }
  machine.fail({.operation = {},
                .name_prefix = {},
                .nth = nth,
                .repeat = failure.repeat,
                .os_errno = failure.os_errno,
                .kind = failure.kind});
}

}  // namespace

std::string FaultExplorer::run() {
  for (std::uint64_t nth = 1 + seed_ % stride_;; nth += stride_) {
    World world(std::make_shared<storage::SimulatedFileSystem>(seed_), seed_, mutant_);
    const std::uint64_t way = (nth / kFailureCount + nth + seed_) % kFailureCount;
    inject(world.machine(), kFailures[way], nth);
    world.expect_faults(true);
    std::string wrong = world.open_and_check();
    if (wrong.empty() && world.opened()) wrong = world.work(kSteps);
    const bool finished = world.machine().operations() < nth;
    if (wrong.empty()) wrong = after_fault(world, nth);
    if (!wrong.empty()) {
      return "failure " + std::to_string(way) + " of operation " + std::to_string(nth) + ": " +
             wrong;
    }
    if (finished) return "";
  }
}

std::string FaultExplorer::after_fault(World& world, std::uint64_t nth) {
  if (std::string wrong = recovery_.survive(world, nth); !wrong.empty()) return wrong;
  world.machine().clear_faults();
  world.expect_faults(false);
  if (nth % 2 == 0) {
    world.kill();
  } else {
    world.abandon();
  }
  // The first change of the reopening: the tail was read, and nothing of it written again.
  for (const std::uint64_t mutation : {std::uint64_t{1}, 2 + nth % 16}) {
    if (std::string wrong = reopen_cut_at(world, mutation, nth); !wrong.empty()) return wrong;
  }
  std::string wrong = world.open_and_check();
  if (wrong.empty()) wrong = recovery_.survive(world, nth + 1);
  if (wrong.empty()) wrong = world.work(kStepsAfter);
  return wrong.empty() ? "" : "opened again: " + wrong;
}

std::string FaultExplorer::reopen_cut_at(World& world, std::uint64_t mutation, std::uint64_t salt) {
  World cut = world.on(world.machine().fork());
  cut.machine().cut_at_mutation(mutation);
  std::string wrong = cut.open_and_check();
  cut.abandon();
  if (wrong.empty()) wrong = recovery_.survive(cut, salt);
  return wrong.empty() ? "" : "reopening cut at " + std::to_string(mutation) + wrong;
}

}  // namespace seawall::crash
