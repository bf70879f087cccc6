// `retrieve` beside writers, clears, rounds, evictions and merges that fail: a reader sees a prefix
// of what was submitted, not less than what was durable before it asked, and nothing that a power
// cut takes back. The device fails in the middle of it.

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/list_interpreter.h"
#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::crash {
namespace {

constexpr std::uint64_t kWriters = 3;
constexpr std::uint64_t kReaders = 2;
constexpr std::uint64_t kClientsEach = 4;
constexpr std::uint64_t kClients = kWriters * kClientsEach;

/// How far a client is: its life, and the records of that life. Ordered.
struct Progress {
  std::uint32_t life = 0;
  std::uint32_t records = 0;
  auto operator<=>(const Progress&) const = default;
};

/// Appends deltas; every so often one cannot be merged, or giving way lets others in.
class MoodyList final : public ListInterpreter {
 public:
  /// `fails_every` call; 0: none does.
  MoodyList(bool merges_in_background, std::uint64_t fails_every)
      : ListInterpreter(merges_in_background), fails_every_(fails_every) {}
  [[nodiscard]] Result<void> fold(std::string& state, std::string_view delta) const override {
    constexpr std::uint64_t kYieldsEvery = 7;
    const std::uint64_t call = calls_.fetch_add(1);
    if (call % kYieldsEvery == 0) std::this_thread::yield();
    if (fails_every_ > 0 && call % fails_every_ == 0) {
      return std::unexpected(Error{.code = Errc::kInterpreter, .message = "not now"});
    }
    return ListInterpreter::fold(state, delta);
  }

 private:
  std::uint64_t fails_every_;
  mutable std::atomic<std::uint64_t> calls_ = 1;
};

std::string delta_of(const Progress& progress) {
  return std::to_string(progress.life) + "." + std::to_string(progress.records) + ";";
}

/// Reads a state back; empty when it is no unbroken sequence of one life's records from the first.
std::optional<Progress> progress_of(const std::string& state) {
  Progress found{.life = static_cast<std::uint32_t>(std::stoul(state)), .records = 0};
  std::string expected;
  while (expected.size() < state.size()) {
    ++found.records;
    expected += delta_of(found);
  }
  if (expected != state) return std::nullopt;
  return found;
}

struct Mode {
  std::string name;
  bool merges_in_background = true;
  std::size_t live_state_bytes_max = 0;
};

class Readers : public testing::TestWithParam<Mode> {
 protected:
  Result<std::unique_ptr<engine::LogEngine>> open(std::uint64_t fails_every) {
    engine::EngineConfig config;
    config.options.log_bytes_max = 8 << 10;
    config.options.live_state_bytes_max = GetParam().live_state_bytes_max;
    return engine::LogEngine::open(
        std::make_shared<MoodyList>(GetParam().merges_in_background, fails_every), storage(),
        {"/base", "log"}, config);
  }

  [[nodiscard]] std::shared_ptr<StorageInterface> storage() const {
    return storage::make_file_storage(
        machine_,
        {.segment_bytes_min = 8 << 10, .segment_bytes_max = 32 << 10, .group_align_bytes = 64});
  }

  void fail_flush(std::uint64_t nth) {
    machine_->fail({.operation = storage::SimulatedOperation::kSyncData,
                    .name_prefix = "segment-",
                    .nth = nth,
                    .repeat = false,
                    .os_errno = EIO,
                    .kind = storage::FaultKind::kError});
  }

  static std::string name_of(std::uint64_t client) { return "client-" + std::to_string(client); }

  /// Persists and clears own clients until the log is poisoned or `calls` are made.
  void write(std::uint64_t writer, std::uint64_t calls, std::uint64_t seed) {
    std::mt19937_64 random(seed * kWriters + writer);
    std::array<Progress, kClientsEach> own{};
    for (std::uint64_t id = 0; id < calls; ++id) {
      const std::uint64_t place = random() % kClientsEach;
      const std::uint64_t client = writer * kClientsEach + place;
      const bool is_clear = random() % 50 == 0;
      Progress& progress = own[place];
      progress =
          is_clear ? Progress{progress.life + 1, 0} : Progress{progress.life, progress.records + 1};
      submitted_[client] = progress;
      const std::string name = name_of(client);
      const std::string delta = delta_of(progress);
      const Operation operation{is_clear ? Operation::Kind::kClear : Operation::Kind::kApply,
                                name,
                                is_clear ? BatchId() : BatchId(id),
                                "",
                                delta,
                                false};
      const auto ticket = log_->submit({&operation, 1}, nullptr);
      if (!ticket) return;
      if (random() % 4 != 0) continue;
      if (!log_->wait(ticket->lsn)) return;
      for (std::uint64_t i = 0; i < kClientsEach; ++i) durable_[writer * kClientsEach + i] = own[i];
    }
  }

  /// Reads until told to stop; sets `wrong_`.
  void read(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    while (!stop_) {
      const std::uint64_t client = random() % kClients;
      const Progress low = durable_[client];
      const auto state = log_->retrieve(name_of(client));
      const Progress high = submitted_[client];
      if (!state) {
        if (state.error().code == Errc::kInterpreter) continue;
        return complain("retrieve: " + to_string(state.error()));
      }
      reads_.fetch_add(1, std::memory_order_relaxed);
      if (!*state) {
        if (low.records > 0 && high.life == low.life) return complain("none, though durable");
        continue;
      }
      const auto found = progress_of(**state);
      if (!found || *found < low || *found > high) {
        return complain(name_of(client) + " is '" + **state + "', between " + delta_of(low) +
                        " and " + delta_of(high));
      }
      const std::scoped_lock lock(mutex_);
      seen_[client] = std::max(seen_[client], *found);
    }
  }

  /// Opens the log as another process would, and verifies it, until told to stop; sets `wrong_`.
  void observe() {
    while (!stop_) {
      const auto reader =
          LogReader::open(std::make_shared<MoodyList>(true, 0), storage(), "log", "/base");
      if (!reader) {
        if (reader.error().code == Errc::kBusy) continue;
        return complain("reader: " + to_string(reader.error()));
      }
      if (!observe_clients(**reader)) return;
      const auto report = LogReader::verify(storage(), "log", "/base");
      if (!report && report.error().code != Errc::kBusy) {
        return complain("verify: " + to_string(report.error()));
      }
      if (report && !report->damage.empty()) {
        return complain("verify: " + to_string(report->damage.front().error));
      }
      ++observations_;
    }
  }

  bool observe_clients(LogReader& reader) {
    for (std::uint64_t client = 0; client < kClients; ++client) {
      const auto state = reader.retrieve(name_of(client));
      if (!state && state.error().code == Errc::kBusy) break;
      const auto found = state && *state ? progress_of(**state) : Progress{};
      if (!state || !found || *found > submitted_[client].load()) {
        complain("a reader: " + (state ? state->value_or("") : to_string(state.error())));
        return false;
      }
      const std::scoped_lock lock(mutex_);
      seen_[client] = std::max(seen_[client], *found);
    }
    return true;
  }

  void complain(const std::string& wrong) {
    const std::scoped_lock lock(mutex_);
    if (wrong_.empty()) wrong_ = wrong;
    stop_ = true;
  }

  void run(std::uint64_t seed, std::uint64_t calls) {
    constexpr std::uint64_t kFailsEvery = 101;
    auto opened = open(kFailsEvery);
    ASSERT_TRUE(opened) << to_string(opened.error());
    log_ = std::move(*opened);
    fail_flush(20 + seed * 7 % 300);
    std::vector<std::thread> readers;
    for (std::uint64_t i = 0; i < kReaders; ++i) {
      readers.emplace_back([this, seed, i] { read(seed * kReaders + i); });
    }
    readers.emplace_back([this] { observe(); });
    std::vector<std::thread> writers;
    for (std::uint64_t i = 0; i < kWriters; ++i) {
      writers.emplace_back([this, i, calls, seed] { write(i, calls, seed); });
    }
    for (std::thread& writer : writers) writer.join();
    stop_ = true;
    for (std::thread& reader : readers) reader.join();
    log_.reset();
  }

  /// Cuts the power; what anyone was told or shown must be there.
  void expect_all_that_was_seen(std::uint64_t seed) {
    machine_->clear_faults();
    machine_->power_cut(storage::Survivor::kNothing, seed);
    const auto recovered = open(0);
    ASSERT_TRUE(recovered) << to_string(recovered.error());
    for (std::uint64_t client = 0; client < kClients; ++client) {
      const auto state = (*recovered)->retrieve(name_of(client));
      ASSERT_TRUE(state) << to_string(state.error());
      const Progress promised = std::max<Progress>(durable_[client], seen_[client]);
      if (!*state) {
        // Cleared later than all that was seen, or never there.
        EXPECT_TRUE(promised.records == 0 || submitted_[client].load().life > promised.life);
        continue;
      }
      const auto found = progress_of(**state);
      ASSERT_TRUE(found) << **state;
      EXPECT_GE(*found, promised) << name_of(client);
    }
  }

  std::shared_ptr<storage::SimulatedFileSystem> machine_ =
      std::make_shared<storage::SimulatedFileSystem>(1);
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

INSTANTIATE_TEST_SUITE_P(Modes, Readers,
                         testing::Values(Mode{"Kept", true, 1 << 20}, Mode{"Evicted", true, 256},
                                         Mode{"MergedByReaders", false, 256}),
                         [](const auto& info) { return info.param.name; });

TEST_P(Readers, SeeAPrefixThatIsDurable) {
  constexpr std::uint64_t kCalls = 3'000;
  const std::uint64_t seeds = std::getenv("SEAWALL_TEST_LONG") != nullptr ? 100 : 12;
  std::uint64_t reads = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    machine_ = std::make_shared<storage::SimulatedFileSystem>(seed);
    for (auto& progress : submitted_) progress = Progress{};
    for (auto& progress : durable_) progress = Progress{};
    seen_ = {};
    stop_ = false;
    run(seed, kCalls);
    ASSERT_EQ(wrong_, "") << "seed " << seed;
    expect_all_that_was_seen(seed);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    reads += reads_.exchange(0);
  }
  std::cout << "states read beside writers: " << reads
            << ", whole logs by others: " << observations_ << "\n";
  EXPECT_GT(reads, seeds);
}

}  // namespace
}  // namespace seawall::crash
