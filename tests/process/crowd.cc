#include "process/crowd.h"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/log_reader.h"
#include "seawall/write_ahead_log.h"

#include "crash/hooked_storage.h"
#include "crash/list_interpreter.h"
#include "process/crowd_plan.h"
#include "process/crowd_view.h"
#include "process/crowd_writer.h"
#include "process/kill_log.h"

namespace seawall::process {

Result<std::unique_ptr<WriteAheadLog>> CrowdSetup::open(crash::VolumeHooks& hooks) const {
  return WriteAheadLog::open(
      std::make_shared<crash::ListInterpreter>(merges_in_background),
      std::make_shared<crash::HookedStorage>(std::make_shared<FileSystemStorage>(storage), hooks),
      kService, base_dir, options);
}

Result<std::unique_ptr<LogReader>> CrowdSetup::read() const {
  return LogReader::open(std::make_shared<crash::ListInterpreter>(merges_in_background),
                         std::make_shared<FileSystemStorage>(storage), kService, base_dir);
}

Result<VerifyReport> CrowdSetup::verify() const {
  return LogReader::verify(std::make_shared<FileSystemStorage>(storage), kService, base_dir);
}

Crowd::Crowd(const CrowdSetup& setup, const CrowdLife& life, const CrowdPasts& pasts,
             CrowdProgress& progress)
    : setup_(setup), life_(life), pasts_(pasts), progress_(progress) {
  for (std::size_t i = 0; i < kCrowdWriters; ++i) transactions_[i] = flattened(life.calls[i]);
  hooks_.before = [this](crash::RoundCall call) {
    if (call == crash::RoundCall::kPut) pause();
    return Result<void>{};
  };
  hooks_.after = [this](crash::RoundCall call) {
    if (call == crash::RoundCall::kPut || call == crash::RoundCall::kPublish) pause();
  };
}

void Crowd::run() {
  const auto log = setup_.open(hooks_);
  if (!log) {
    progress_.fail("open: " + seawall::to_string(log.error()));
    return;
  }
  run_threads(**log);
  if (life_.end != CrowdEnd::kClosed) return;
  const auto closed = (*log)->close();
  if (!closed) progress_.fail("close: " + seawall::to_string(closed.error()));
}

void Crowd::run_threads(WriteAheadLog& log) {
  std::vector<std::jthread> bystanders;
  bystanders.emplace_back([&] {
    repeat([&] {
      const auto round = log.checkpoint();
      if (!round) progress_.fail("checkpoint: " + seawall::to_string(round.error()));
      ++progress_.rounds;
    });
  });
  bystanders.emplace_back([&] { repeat([&] { look(log); }); });
  if (life_.has_readers) {
    bystanders.emplace_back([&] { repeat([&] { read(); }); });
  }
  {
    std::vector<std::jthread> writers;
    for (std::size_t i = 0; i < kCrowdWriters; ++i) {
      writers.emplace_back([&, i] {
        CrowdWriter writer(
            log, pasts_[i].model(),
            {.number = i, .kill_at_step = life_.kill_at_step, .acks_early = setup_.acks_early},
            progress_);
        writer.work(life_.calls[i]);
      });
    }
  }
  done_ = true;
}

/// Lets up to seven steps of writers pass, if they are not all held back until the round is over.
void Crowd::pause() {
  constexpr std::uint64_t kStepsMax = 8;
  constexpr int kYieldsMax = 40;
  const std::uint64_t now = progress_.steps;
  const std::uint64_t until = now + pauses_++ % kStepsMax;
  for (int i = 0; i < kYieldsMax && progress_.steps < until && !done_; ++i) {
    std::this_thread::yield();
  }
}

void Crowd::repeat(const std::function<void()>& step) {
  while (!done_ && !progress_.has_failed) {
    step();
    std::this_thread::yield();
  }
}

/// Another thread's clients may be in any state; reading them must succeed and disturb nobody.
void Crowd::look(WriteAheadLog& log) {
  for (std::size_t i = 0; i < kCrowdWriters; ++i) {
    for (const std::string& client : clients_of(i)) {
      const auto state = log.retrieve(client);
      if (!state) progress_.fail("retrieve: " + seawall::to_string(state.error()));
      const auto seen = log.seen(client, 0);
      if (!seen) progress_.fail("seen: " + seawall::to_string(seen.error()));
    }
  }
  constexpr std::size_t kClientsMax = kCrowdWriters * 10;
  const LogStats stats = log.stats();
  if (stats.clients > kClientsMax || log.clients().size() > kClientsMax) {
    progress_.fail("more clients than there are");
  }
  if (stats.checkpoint_error) {
    progress_.fail("background round: " + seawall::to_string(*stats.checkpoint_error));
  }
}

/// Everything acknowledged before a reader looks is in its view.
void Crowd::read() {
  std::array<std::size_t, kCrowdWriters> least{};
  for (std::size_t i = 0; i < kCrowdWriters; ++i) least[i] = progress_.writers[i].acknowledged;
  const auto reader = setup_.read();
  // Busy: the writer replaced what it was about to read.
  if (!reader && reader.error().code == Errc::kBusy) return;
  if (!reader) {
    progress_.fail("reader: " + seawall::to_string(reader.error()));
    return;
  }
  check_view(**reader, least);
}

void Crowd::check_view(LogReader& reader, const std::array<std::size_t, kCrowdWriters>& least) {
  for (std::size_t i = 0; i < kCrowdWriters; ++i) {
    const auto shown = shown_by(reader, clients_of(i));
    if (!shown && shown.error().code == Errc::kBusy) return;
    if (!shown) {
      progress_.fail("reader: " + seawall::to_string(shown.error()));
      return;
    }
    const std::size_t most = progress_.writers[i].begun;
    if (pasts_[i].match(*shown, transactions_[i], least[i], most)) continue;
    progress_.fail("a reader's view:\n" +
                   pasts_[i].explain(*shown, transactions_[i], least[i], most));
  }
  ++progress_.views;
}

}  // namespace seawall::process
