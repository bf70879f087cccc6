#include "crash/reader_run.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/list_interpreter.h"
#include "crash/mutants.h"
#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::crash {
namespace {

constexpr std::uint64_t kReaders = 2;
constexpr std::uint64_t kCallsMax = 3'000;

std::string name_of(std::uint64_t client) {
  return "client-" + std::to_string(client);
}

std::string delta_of(const Progress& progress) {
  return std::to_string(progress.life) + "." + std::to_string(progress.records) + ";";
}

/// Reads a state back; empty when it is no unbroken sequence of one life's records from the first.
std::optional<Progress> progress_of(const std::string& state) {
  Progress found;
  const auto [end, error] = std::from_chars(state.data(), state.data() + state.size(), found.life);
  if (error != std::errc()) return std::nullopt;  // no delta at all, as of a mutant that forgets
  std::string expected;
  while (expected.size() < state.size()) {
    ++found.records;
    expected += delta_of(found);
  }
  if (expected != state) return std::nullopt;
  return found;
}

}  // namespace

Result<void> MoodyList::fold(std::string& state, std::string_view delta) const {
  constexpr std::uint64_t kYieldsEvery = 7;
  const std::uint64_t call = calls_.fetch_add(1);
  if (call % kYieldsEvery == 0) std::this_thread::yield();
  if (moods_.fails_every > 0 && call % moods_.fails_every == 0) {
    return std::unexpected(Error{.code = Errc::kInterpreter, .message = "not now"});
  }
  if (moods_.forgets_every > 0 && call % moods_.forgets_every == 0) return {};
  return ListInterpreter::fold(state, delta);
}

ReaderRun::ReaderRun(ReaderMode mode, std::uint64_t seed, Files (*file_system)(Files),
                     std::uint64_t forgets_every)
    : mode_(std::move(mode)),
      seed_(seed),
      file_system_(file_system),
      forgets_every_(forgets_every),
      machine_(std::make_shared<storage::SimulatedFileSystem>(seed)) {
  files_ = machine_;
  if (file_system_ != nullptr) files_ = file_system_(files_);
}

Result<std::unique_ptr<engine::LogEngine>> ReaderRun::open(const MoodyList::Moods& moods) {
  engine::EngineConfig config;
  config.options.log_bytes_max = 8 << 10;
  config.options.live_state_bytes_max = mode_.live_state_bytes_max;
  return engine::LogEngine::open(std::make_shared<MoodyList>(mode_.merges_in_background, moods),
                                 storage(), {"/base", "log"}, config);
}

std::shared_ptr<StorageInterface> ReaderRun::storage() const {
  return storage::make_file_storage(
      files_,
      {.segment_bytes_min = 8 << 10, .segment_bytes_max = 32 << 10, .group_align_bytes = 64});
}

void ReaderRun::fail_a_flush() {
  machine_->fail({.operation = storage::SimulatedOperation::kSyncData,
                  .name_prefix = "segment-",
                  .nth = 20 + seed_ * 7 % 300,
                  .repeat = false,
                  .os_errno = EIO,
                  .kind = storage::FaultKind::kError});
}

std::string ReaderRun::run() {
  constexpr std::uint64_t kFailsEvery = 101;
  auto opened = open({.fails_every = kFailsEvery, .forgets_every = forgets_every_});
  if (!opened) return "open: " + to_string(opened.error());
  log_ = std::move(*opened);
  fail_a_flush();
  run_threads();
  log_.reset();
  if (!wrong_.empty()) return wrong_;
  machine_->clear_faults();
  machine_->power_cut(storage::Survivor::kNothing, seed_);
  const auto recovered = open({});
  if (!recovered) return "open after the cut: " + to_string(recovered.error());
  return compare(**recovered);
}

void ReaderRun::run_threads() {
  std::vector<std::thread> readers;
  for (std::uint64_t i = 0; i < kReaders; ++i) readers.emplace_back([this, i] { read(i); });
  readers.emplace_back([this] { observe(); });
  std::vector<std::thread> writers;
  for (std::uint64_t i = 0; i < kWriters; ++i) writers.emplace_back([this, i] { write(i); });
  for (std::thread& writer : writers) writer.join();
  stop_ = true;
  for (std::thread& reader : readers) reader.join();
}

// Persists and clears own clients until the log is poisoned.
void ReaderRun::write(std::uint64_t writer) {
  std::mt19937_64 random(seed_ * kWriters + writer);
  std::array<Progress, kClientsEach> own{};
  for (std::uint64_t id = 0; id < kCallsMax; ++id) {
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

// Reads until told to stop.
void ReaderRun::read(std::uint64_t reader) {
  std::mt19937_64 random(seed_ * kReaders + reader);
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

// Opens the log as another process would, and verifies it, until told to stop.
void ReaderRun::observe() {
  while (!stop_) {
    const auto reader = LogReader::open(std::make_shared<MoodyList>(true, MoodyList::Moods{}),
                                        storage(), "log", "/base");
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

bool ReaderRun::observe_clients(LogReader& reader) {
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

void ReaderRun::complain(const std::string& wrong) {
  const std::scoped_lock lock(mutex_);
  if (wrong_.empty()) wrong_ = wrong;
  stop_ = true;
}

// What anyone was told or shown must be there.
std::string ReaderRun::compare(engine::LogEngine& recovered) {
  for (std::uint64_t client = 0; client < kClients; ++client) {
    const std::string name = name_of(client);
    const auto state = recovered.retrieve(name);
    if (!state) return "retrieve: " + to_string(state.error());
    const Progress promised = std::max<Progress>(durable_[client], seen_[client]);
    if (!*state) {
      // Cleared later than all that was seen, or never there.
      if (promised.records == 0 || submitted_[client].load().life > promised.life) continue;
      return name + " is gone";
    }
    const auto found = progress_of(**state);
    if (!found || *found < promised) {
      return name + " is '" + **state + "', but was " + delta_of(promised);
    }
  }
  return "";
}

}  // namespace seawall::crash
