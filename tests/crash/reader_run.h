#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/storage_interface.h"

#include "crash/list_interpreter.h"
#include "crash/mutants.h"
#include "engine/log_engine.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {

/// How far a client is: its life, and the records of that life. Ordered.
struct Progress {
  std::uint32_t life = 0;
  std::uint32_t records = 0;
  auto operator<=>(const Progress&) const = default;
};

/// Appends deltas; every so often one cannot be merged, or giving way lets others in.
/// `forgets_every` call leaves its delta out: for the test of the test.
class MoodyList final : public ListInterpreter {
 public:
  struct Moods {
    std::uint64_t fails_every = 0;    ///< 0: never.
    std::uint64_t forgets_every = 0;  ///< 0: never.
  };
  MoodyList(bool merges_in_background, const Moods& moods)
      : ListInterpreter(merges_in_background), moods_(moods) {}
  [[nodiscard]] Result<void> fold(std::string& state, std::string_view delta) const override;

 private:
  Moods moods_;
  mutable std::atomic<std::uint64_t> calls_ = 1;
};

struct ReaderMode {
  std::string name;
  bool merges_in_background = true;
  std::size_t live_state_bytes_max = 0;
};

/// Writers that persist and clear, threads that retrieve and one that reads and verifies the files
/// as another process would, all on one log of a simulated machine, until a flush fails. The seed
/// decides what is called and which flush fails; the schedule is the system's.
///
/// Used once.
class ReaderRun {
 public:
  ReaderRun(ReaderMode mode, std::uint64_t seed, Files (*file_system)(Files) = nullptr,
            std::uint64_t forgets_every = 0);

  /// Runs the threads, cuts the power, recovers and compares. Returns what is wrong, empty when all
  /// is well.
  [[nodiscard]] std::string run();

  /// Returns how many states were read beside the writers.
  [[nodiscard]] std::uint64_t reads() const { return reads_; }
  /// Returns how often the whole log was read and verified beside them.
  [[nodiscard]] std::uint64_t observations() const { return observations_; }

 private:
  static constexpr std::uint64_t kWriters = 3;
  static constexpr std::uint64_t kClientsEach = 4;
  static constexpr std::uint64_t kClients = kWriters * kClientsEach;

  Result<std::unique_ptr<engine::LogEngine>> open(const MoodyList::Moods& moods);
  [[nodiscard]] std::shared_ptr<StorageInterface> storage() const;
  void fail_a_flush();
  void run_threads();
  void write(std::uint64_t writer);
  void read(std::uint64_t reader);
  void observe();
  bool observe_clients(LogReader& reader);
  void complain(const std::string& wrong);
  std::string compare(engine::LogEngine& recovered);

  ReaderMode mode_;
  std::uint64_t seed_;
  Files (*file_system_)(Files);
  std::uint64_t forgets_every_;
  std::shared_ptr<storage::SimulatedFileSystem> machine_;
  Files files_;
  std::unique_ptr<engine::LogEngine> log_;
  std::array<std::atomic<Progress>, kClients> submitted_{};
  std::array<std::atomic<Progress>, kClients> durable_{};
  std::array<Progress, kClients> seen_{};
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> reads_ = 0;
  std::atomic<std::uint64_t> observations_ = 0;
  std::mutex mutex_;
  std::string wrong_;
};

}  // namespace seawall::crash
