#include "process/crowd_log.h"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/write_ahead_log.h"

#include "crash/hooked_storage.h"
#include "process/child.h"
#include "process/crowd_plan.h"
#include "process/crowd_view.h"

namespace seawall::process {
namespace {

constexpr std::uint64_t kLives = 8;
constexpr std::size_t kTransactionsPerWriter = 20;

/// The options decide which paths are taken; every one of them is safe.
Options options_of(std::uint64_t seed) {
  constexpr std::uint64_t kHourUs = 3'600'000'000;
  Options options;
  options.checkpoint_state_share = seed % 4 == 0 ? 0.5 : 0;
  options.log_bytes_max = std::size_t{4096} << (seed % 5);
  if (seed % 3 == 0) options.live_state_bytes_max = 600;
  if (seed % 7 == 0) options.in_flight_records_max = 3;
  if (seed % 11 == 0) options.in_flight_bytes_max = 512;
  if (seed % 2 == 0) options.text_ids_kept_us = kHourUs;
  return options;
}

FileSystemStorageOptions storage_of(std::uint64_t seed) {
  constexpr std::uint64_t kSegmentBytesMin = 16'384;
  constexpr std::uint32_t kPage = 4096;
  constexpr std::uint32_t kLine = 64;
  return {.segment_bytes_min = kSegmentBytesMin,
          .segment_bytes_max = kSegmentBytesMin << (seed % 3),
          .group_align_bytes = seed % 5 == 0 ? kPage : kLine};
}

/// Most logs are made in memory: what is killed leaves the page cache as it is, and more calls meet
/// more rounds than between flushes of a disk.
std::filesystem::path parent_of(std::uint64_t seed) {
  constexpr std::uint64_t kOnDiskEvery = 8;
  const std::filesystem::path memory = "/dev/shm";
  const bool in_memory = seed % kOnDiskEvery != 0 && std::filesystem::is_directory(memory);
  return in_memory ? memory : std::filesystem::temp_directory_path();
}

}  // namespace

std::string CrowdFigures::text() const {
  return std::to_string(logs) + " logs, " + std::to_string(lives) + " lives, " +
         std::to_string(killed) + " killed, " + std::to_string(calls) + " calls acknowledged, " +
         std::to_string(rescued) + " unacknowledged ones recovered whole, " +
         std::to_string(rounds) + " rounds beside them, " + std::to_string(views) +
         " readers' views checked";
}

CrowdLog::CrowdLog(std::uint64_t seed, CrowdFigures& figures, const CrowdMutant& mutant)
    : random_(seed),
      figures_(figures),
      directory_(parent_of(seed)),
      setup_{.base_dir = directory_.path(),
             .options = options_of(seed),
             .storage = storage_of(seed),
             .merges_in_background = seed % 4 != 1,
             .acks_early = mutant.acks_early} {
  pasts_.fill(CrowdPast(mutant.rule));
  for (std::size_t i = 0; i < kCrowdWriters; ++i) planners_.emplace_back(i, seed);
}

std::string CrowdLog::run() {
  ++figures_.logs;
  for (std::uint64_t i = 0; i < kLives; ++i) {
    const CrowdLife life = next_life();
    for (CrowdPast& past : pasts_) past.note("life " + std::to_string(i) + ":");
    if (std::string wrong = run_life(life); !wrong.empty()) {
      return "life " + std::to_string(i) + ": " + wrong;
    }
  }
  const auto report = setup_.verify();
  if (!report) return "verify: " + seawall::to_string(report.error());
  return report->damage.empty() ? "" : "verify: damage";
}

CrowdLife CrowdLog::next_life() {
  CrowdLife life;
  std::size_t transactions = 0;
  for (std::size_t i = 0; i < kCrowdWriters; ++i) {
    CrowdPlanner::redeliver(life.calls[i], std::exchange(open_[i], {}));
    planners_[i].extend(life.calls[i], kTransactionsPerWriter);
    transactions += transactions_in(life.calls[i]);
  }
  life.end = static_cast<CrowdEnd>(below(3));
  if (life.end == CrowdEnd::kKilled) life.kill_at_step = 1 + below(2 * transactions);
  life.has_readers = below(4) == 0;
  return life;
}

std::string CrowdLog::run_life(const CrowdLife& life) {
  const SharedProgress progress;
  ++figures_.lives;
  if (life.kill_at_step == 0) {
    Crowd(setup_, life, pasts_, *progress).run();
  } else {
    Child child([&] {
      Crowd(setup_, life, pasts_, *progress).run();
      return 0;
    });
    const Ending ending = child.wait();
    if (ending.killed && ending.code != SIGKILL) {
      return "died of signal " + std::to_string(ending.code);
    }
    if (ending.killed) ++figures_.killed;
  }
  figures_.rounds += progress->rounds;
  figures_.views += progress->views;
  if (progress->has_failed) return progress->wrong.data();
  return compare(life, *progress);
}

std::string CrowdLog::compare(const CrowdLife& life, const CrowdProgress& progress) {
  const auto reader = setup_.read();
  if (!reader && reader.error().code == Errc::kNotFound && progress.steps == 0) return "";
  if (!reader) return "reader: " + seawall::to_string(reader.error());
  crash::VolumeHooks hooks;
  const auto log = setup_.open(hooks);
  if (!log) return "open: " + seawall::to_string(log.error());
  for (std::size_t i = 0; i < kCrowdWriters; ++i) {
    auto shown = shown_by(**reader, clients_of(i));
    if (!shown) return "reader: " + seawall::to_string(shown.error());
    const auto answered = shown_by(**log, clients_of(i));
    if (!answered) return "after reopening: " + seawall::to_string(answered.error());
    std::string wrong = compare_writer(i, life, progress.writers[i], std::move(*shown), *answered);
    if (!wrong.empty()) return wrong;
  }
  return compare_names(**log);
}

std::string CrowdLog::compare_writer(std::size_t writer, const CrowdLife& life,
                                     const CrowdProgress::Writer& progress, ShownClients shown,
                                     const ShownClients& answered) {
  for (auto& [name, client] : shown) {
    const ShownClient& answer = answered.at(name);
    if (client.state != answer.state) return name + ": reader and log differ in the state";
    const bool has_ids = client.state || *client.ended;
    if (has_ids && client.ids != answer.ids) return name + ": reader and log differ in the ids";
    // A reader shows no ids of a client that has no life; the log knows the keys of its clears.
    client.ids = answer.ids;
  }
  const std::vector<Transaction> transactions = flattened(life.calls.at(writer));
  const std::size_t least = progress.acknowledged;
  const std::size_t most = progress.begun;
  CrowdPast& past = pasts_.at(writer);
  const auto done = past.match(shown, transactions, least, most);
  if (!done) return "after reopening:\n" + past.explain(shown, transactions, least, most);
  past.advance(transactions, *done);
  figures_.calls += least;
  figures_.rescued += *done - least;
  open_.at(writer).assign(transactions.begin() + static_cast<std::ptrdiff_t>(least),
                          transactions.begin() + static_cast<std::ptrdiff_t>(most));
  return "";
}

std::string CrowdLog::compare_names(WriteAheadLog& log) const {
  std::vector<std::string> names;
  for (const CrowdPast& past : pasts_) {
    for (const auto& [name, client] : past.model().clients()) {
      if (client.exists) names.push_back(name);
    }
  }
  return log.clients() == names ? "" : "the list of clients is wrong";
}

}  // namespace seawall::process
