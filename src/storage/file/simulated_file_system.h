#pragma once

/// \file
/// A machine in memory for tests: a file system whose power and processes can be cut at any
/// operation, and whose every operation can fail. Deterministic: the seed decides all.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::storage {

struct SimulatedMachine;

/// Outlives power cuts and process kills; handles do not: each of their calls then fails with EIO.
///
/// What is durable: bytes and size of a file after its `sync_data`, names after the directory's
/// `sync` (operations on one directory survive in order, each whole). After a failed `sync_data`
/// its bytes are lost to the next power cut, though reads return them until then and later syncs
/// succeed, as Linux does it.
///
/// Operations count whether they succeed or not; "n-th" counts from the call on, 1 is the next.
///
/// Thread safety: all methods may be called from any thread. Forks share pages: a machine and its
/// forks are used by one thread at a time.
class SimulatedFileSystem final : public FileSystem {
 public:
  explicit SimulatedFileSystem(std::uint64_t seed = 1);
  ~SimulatedFileSystem() override;

  [[nodiscard]] Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override;
  [[nodiscard]] Result<void> create_directories(const std::string& path) override;
  void sleep_us(std::uint64_t us) override;

  /// Copies the machine: medium, page cache, counters, power state, random state. No process runs
  /// on the copy: it has no handles, no locks, and no faults to come.
  [[nodiscard]] std::shared_ptr<SimulatedFileSystem> fork() const;

  /// Ends every handle and lock, leaves of un-synced changes what `how` says, and switches the
  /// machine on again. Faults to come, but for cuts, stay.
  void power_cut(Survivor how);
  /// The same, with choices drawn from `seed`.
  void power_cut(Survivor how, std::uint64_t seed);
  /// Ends every handle and lock; the page cache stays.
  void kill_process();

  void fail(SimulatedFault fault);
  /// Lets the `nth` operation of this kind fail.
  void fail_at(SimulatedOperation operation, std::uint64_t nth, int os_errno,
               FaultKind kind = FaultKind::kError);
  /// From the `nth` operation on all fail and change nothing, until `power_cut`.
  void cut_at(std::uint64_t nth);
  /// The same, counting only operations that change the machine: no other makes a different crash.
  void cut_at_mutation(std::uint64_t nth);
  /// From the `nth` operation on all changes fail with EROFS, until `clear_faults`.
  void read_only_from(std::uint64_t nth);
  void clear_faults();
  /// True once a cut has come.
  [[nodiscard]] bool is_off() const;
  /// Sets the size of the disk, in bytes; files take whole 4 KiB pages. Unlimited at first.
  void set_capacity(std::uint64_t bytes);
  /// Returns what files take of it, in whole pages.
  [[nodiscard]] std::uint64_t used_bytes() const;

  [[nodiscard]] std::uint64_t operations() const;
  [[nodiscard]] std::uint64_t mutations() const;
  /// Returns how many operations failed by a fault.
  [[nodiscard]] std::uint64_t struck() const;
  /// Keeps a line for each operation from now on, the last 10,000; for messages of tests.
  void record_operations(bool on);
  [[nodiscard]] std::string operation_log() const;
  /// Returns how long `sleep_us` would have slept in all, microseconds.
  [[nodiscard]] std::uint64_t slept_us() const;
  /// Returns whether ways to survive a power cut could differ.
  [[nodiscard]] bool has_unsynced() const;

  // Damage and evidence. These count as no operation and reach medium and page cache at once. A
  // directory that is missing has no names; a file that is missing has no bytes.
  [[nodiscard]] std::vector<std::string> names(const std::string& directory) const;
  [[nodiscard]] std::string bytes(const std::string& directory, std::string_view name) const;
  /// Replaces or creates a file, in a directory that exists.
  void set_bytes(const std::string& directory, std::string_view name, std::string_view bytes);
  /// Makes bytes of a file unreadable: each read of one fails with EIO, until it is written again.
  void make_unreadable(const std::string& directory, std::string_view name, std::uint64_t begin,
                       std::uint64_t end);
  /// Removes a name. Syncs the directory's other names, as `set_bytes` does when it creates one.
  void erase(const std::string& directory, std::string_view name);

 private:
  explicit SimulatedFileSystem(std::shared_ptr<SimulatedMachine> machine);

  std::shared_ptr<SimulatedMachine> machine_;
};

}  // namespace seawall::storage
