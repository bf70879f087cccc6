#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::storage {

/// What an operation of the simulated file system is, for faults and the operation log.
enum class SimulatedOperation : std::uint8_t {
  kOpenDirectory,
  kList,
  kOpen,
  kRead,
  kSize,
  kIsLocked,
  kFreeBytes,
  kLock,
  // Those from here on change the machine.
  kMakeDirectory,
  kCreate,
  kWrite,
  kSyncData,
  kAllocate,
  kRename,
  kUnlink,
  kSyncDirectory,
};

[[nodiscard]] std::string_view operation_name(SimulatedOperation operation);

/// One operation, as the fault rules and the log see it.
struct SimulatedCall {
  SimulatedOperation operation;
  std::string_view name;     ///< The file concerned, "." for the directory of the handle.
  std::uint64_t offset = 0;  ///< Of writes and reads.
  std::uint64_t length = 0;
};

/// How a failing operation fails.
enum class FaultKind : std::uint8_t {
  kError,  ///< Nothing was done. A failed flush, though, loses the bytes it covered.
  kShort,  ///< A write wrote a prefix, a flush made a prefix of the writes durable; others: kError.
  kAfter,  ///< All was done, and yet an error is reported.
};

/// One fault to come.
struct SimulatedFault {
  std::optional<SimulatedOperation> operation;  ///< Any when not set.
  std::string name_prefix;  ///< Of the file concerned ("." for its directory); any when empty.
  std::uint64_t nth = 1;    ///< Which of the operations that match, from now; 1 is the next.
  bool repeat = false;      ///< That one and all later that match.
  int os_errno = 0;         ///< EIO when 0.
  FaultKind kind = FaultKind::kError;
};

/// Counts operations and decides which fail.
class SimulatedFaults {
 public:
  /// What becomes of one operation; `os_errno` 0 lets it be.
  struct Verdict {
    int os_errno = 0;
    FaultKind kind = FaultKind::kError;
  };

  /// Counts one operation and judges it.
  Verdict judge(const SimulatedCall& call);

  void add(SimulatedFault fault);
  void clear();
  void cut_at(std::uint64_t nth) { cut_operation_ = operations_ + nth; }
  void cut_at_mutation(std::uint64_t nth) { cut_mutation_ = mutations_ + nth; }
  void read_only_from(std::uint64_t nth) { read_only_operation_ = operations_ + nth; }
  [[nodiscard]] bool is_off() const { return off_; }
  void switch_on();

  [[nodiscard]] std::uint64_t operations() const { return operations_; }
  [[nodiscard]] std::uint64_t mutations() const { return mutations_; }
  /// Returns how many operations were failed by a fault.
  [[nodiscard]] std::uint64_t struck() const { return struck_; }
  void record(bool on) { recording_ = on; }
  [[nodiscard]] std::string log() const;

 private:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  Verdict strike(const SimulatedCall& call);
  void note(const SimulatedCall& call, const Verdict& verdict);

  std::uint64_t operations_ = 0;
  std::uint64_t mutations_ = 0;
  std::uint64_t struck_ = 0;
  std::uint64_t cut_operation_ = kNever;
  std::uint64_t cut_mutation_ = kNever;
  std::uint64_t read_only_operation_ = kNever;
  std::vector<SimulatedFault> faults_;
  std::deque<std::string> log_;
  bool recording_ = false;
  bool off_ = false;
};

}  // namespace seawall::storage
