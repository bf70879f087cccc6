#include "storage/file/simulated_fault.h"

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace seawall::storage {
namespace {

constexpr std::size_t kLogLinesMax = 10'000;

bool changes_machine(SimulatedOperation operation) {
  return operation >= SimulatedOperation::kMakeDirectory;
}

bool matches(const SimulatedFault& fault, const SimulatedCall& call) {
  return (!fault.operation || *fault.operation == call.operation) &&
         call.name.starts_with(fault.name_prefix);
}

}  // namespace

std::string_view operation_name(SimulatedOperation operation) {
  constexpr std::string_view kNames[] = {
      "open-directory", "list",   "open",   "read",          "size",  "is-locked",
      "free-bytes",     "lock",   "mkdir",  "create",        "write", "sync-data",
      "allocate",       "rename", "unlink", "sync-directory"};
  return kNames[static_cast<std::size_t>(operation)];
}

SimulatedFaults::Verdict SimulatedFaults::judge(const SimulatedCall& call) {
  const bool mutation = changes_machine(call.operation);
  ++operations_;
  if (mutation) ++mutations_;
  if (operations_ >= cut_operation_ || (mutation && mutations_ >= cut_mutation_)) off_ = true;
  Verdict verdict;
  if (off_) {
    verdict.os_errno = EIO;
  } else if (mutation && operations_ >= read_only_operation_) {
    verdict.os_errno = EROFS;
  } else if (!faults_.empty()) {
    verdict = strike(call);
  }
  if (recording_) note(call, verdict);
  return verdict;
}

SimulatedFaults::Verdict SimulatedFaults::strike(const SimulatedCall& call) {
  Verdict verdict;
  for (SimulatedFault& fault : faults_) {
    if (!matches(fault, call) || fault.nth == 0) continue;
    if (fault.nth > 1) {
      --fault.nth;
      continue;
    }
    verdict = {.os_errno = fault.os_errno, .kind = fault.kind};
    if (!fault.repeat) fault.nth = 0;
  }
  if (verdict.os_errno != 0) ++struck_;
  return verdict;
}

void SimulatedFaults::note(const SimulatedCall& call, const Verdict& verdict) {
  std::string entry = std::to_string(operations_) + " ";
  entry.append(operation_name(call.operation)).append(" ").append(call.name);
  if (call.offset + call.length != 0) {
    entry += " " + std::to_string(call.offset) + "+" + std::to_string(call.length);
  }
  if (verdict.os_errno != 0) entry += " -> errno " + std::to_string(verdict.os_errno);
  log_.push_back(std::move(entry));
  if (log_.size() > kLogLinesMax) log_.pop_front();
}

void SimulatedFaults::add(SimulatedFault fault) {
  if (fault.os_errno == 0) fault.os_errno = EIO;
  faults_.push_back(std::move(fault));
}

void SimulatedFaults::clear() {
  faults_.clear();
  cut_operation_ = kNever;
  cut_mutation_ = kNever;
  read_only_operation_ = kNever;
}

void SimulatedFaults::switch_on() {
  off_ = false;
  cut_operation_ = kNever;
  cut_mutation_ = kNever;
}

std::string SimulatedFaults::log() const {
  std::string text;
  for (const std::string& line : log_) text.append(line).append("\n");
  return text;
}

}  // namespace seawall::storage
