#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "seawall/state_interpreter_interface.h"

#include "alloc/caller.h"
#include "alloc/fault.h"
#include "alloc/world.h"

namespace seawall::alloc {

/// One call, or several, in which something may fail.
struct Subject {
  const char* name;
  std::function<void(World&)> prepare;  ///< After `World::fill`; nothing fails in it.
  std::function<void(World&)> run;
  bool needs_files = false;
};

/// Every public call, and some in a row.
[[nodiscard]] std::vector<Subject> public_calls();

/// Many calls, while other threads make theirs on the same log; only for a log with threads.
[[nodiscard]] Subject beside_writers();

/// Counts of an exploration.
struct Explored {
  std::uint64_t cases = 0;     ///< In which something failed.
  std::uint64_t refused = 0;   ///< Calls refused, with nothing changed.
  std::uint64_t poisoned = 0;  ///< Cases in which the log was poisoned.
  std::string wrong;           ///< Each subject's first case that went wrong, and how.
};

/// Lets the first, second, ... time fail, each in a log of its own, until none fails any more.
class Explorer {
 public:
  using Interpreters = std::function<std::shared_ptr<const StateInterpreterInterface>()>;

  Explorer(Fault& fault, Caller::Refusals refusals, Interpreters interpreters)
      : fault_(fault), refusals_(std::move(refusals)), interpreters_(std::move(interpreters)) {}

  /// Explores `subject`. Beyond the first `thorough` times only every `stride`-th is tried.
  void explore(const Setting& setting, const Subject& subject, std::uint64_t thorough,
               std::uint64_t stride);

  [[nodiscard]] const Explored& explored() const { return explored_; }

 private:
  /// Returns whether anything failed.
  bool run_case(const Setting& setting, const Subject& subject, std::uint64_t nth);

  Fault& fault_;
  Caller::Refusals refusals_;
  Interpreters interpreters_;
  Explored explored_;
  std::uint64_t wrong_cases_ = 0;
};

}  // namespace seawall::alloc
