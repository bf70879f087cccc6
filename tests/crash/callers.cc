#include "crash/callers.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"

#include "crash/list_interpreter.h"
#include "crash/meddled_file_system.h"
#include "crash/model.h"
#include "crash/world.h"
#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::crash {
namespace {

using storage::FaultKind;
using storage::SimulatedOperation;

constexpr int kCallsEach = 30;

/// Gives way before flushes, as often as the seed says.
class GivingWay final : public Meddler {
 public:
  explicit GivingWay(std::uint64_t seed) : seed_(seed) {}
  Result<void> sync(MeddledFile& at) override {
    constexpr std::uint64_t kYieldsMax = 12;
    const std::uint64_t count = calls_.fetch_add(1) * 7 + seed_;
    for (std::uint64_t i = 0; i < count % kYieldsMax; ++i) std::this_thread::yield();
    return at.file.sync_data();
  }

 private:
  std::uint64_t seed_;
  std::atomic<std::uint64_t> calls_ = 0;
};

struct AppendFailure {
  SimulatedOperation operation;
  FaultKind kind;
};

constexpr AppendFailure kAppendFailures[] = {
    {.operation = SimulatedOperation::kSyncData, .kind = FaultKind::kError},
    {.operation = SimulatedOperation::kWrite, .kind = FaultKind::kShort},
    {.operation = SimulatedOperation::kSyncData, .kind = FaultKind::kAfter},
    {.operation = SimulatedOperation::kSyncData, .kind = FaultKind::kShort},
    {.operation = SimulatedOperation::kWrite, .kind = FaultKind::kError},
};

}  // namespace

Callers::Callers(std::uint64_t seed, Mutant::Files (*file_system)(Mutant::Files))
    : seed_(seed),
      file_system_(file_system),
      machine_(std::make_shared<storage::SimulatedFileSystem>(seed)) {}

Result<std::unique_ptr<engine::LogEngine>> Callers::open(bool threaded) {
  Mutant::Files files = machine_;
  if (file_system_ != nullptr) files = file_system_(files);
  files = meddled(std::move(files), std::make_shared<GivingWay>(seed_));
  engine::EngineConfig config;
  config.threaded = threaded;
  config.options.log_bytes_max = 6 << 10;
  const auto storage = storage::make_file_storage(
      files,
      {.segment_bytes_min = 8 << 10, .segment_bytes_max = 32 << 10, .group_align_bytes = 64});
  return engine::LogEngine::open(std::make_shared<ListInterpreter>(true), storage, {"/base", "log"},
                                 config);
}

void Callers::fail_somewhere() {
  constexpr std::uint64_t kAppends = 60;
  const AppendFailure& failure = kAppendFailures[seed_ % std::size(kAppendFailures)];
  machine_->fail({.operation = failure.operation,
                  .name_prefix = "segment-",
                  .nth = 1 + seed_ * 11 % kAppends,
                  .repeat = false,
                  .os_errno = EIO,
                  .kind = failure.kind});
}

std::string Callers::run() {
  constexpr std::uint64_t kThreadsMin = 4;
  auto opened = open(true);
  if (!opened) return "open failed: " + to_string(opened.error());
  log_ = std::move(*opened);
  fail_somewhere();
  std::vector<Caller> callers;
  for (std::uint64_t i = 0; i < kThreadsMin + seed_ % 5; ++i) {
    callers.push_back({.number = i,
                       .workload = Workload(seed_ * 100 + i),
                       .model = Model(),
                       .next_id = 0,
                       .last = {},
                       .acknowledged = {},
                       .wrong = {}});
  }
  std::vector<std::thread> threads;
  for (Caller& caller : callers) threads.emplace_back([&] { call_until_refused(caller); });
  for (std::thread& thread : threads) thread.join();
  log_.reset();
  Lsn acknowledged;
  for (const Caller& caller : callers) {
    if (!caller.wrong.empty()) return caller.wrong;
    acknowledged = std::max(acknowledged, caller.acknowledged);
  }
  machine_->clear_faults();
  machine_->power_cut(storage::kPowerSafeSurvivors[seed_ % std::size(storage::kPowerSafeSurvivors)],
                      seed_);
  auto recovered = open(false);
  if (!recovered) return "open after the cut failed: " + to_string(recovered.error());
  return compare(**recovered, acknowledged);
}

void Callers::call_until_refused(Caller& caller) {
  for (int i = 0; i < kCallsEach; ++i) {
    if (!call(caller)) break;
    // Some leave several calls to one wait; the last one waits for all.
    if (i + 1 < kCallsEach && caller.workload.below(3) == 0) continue;
    if (!log_->wait(caller.last)) {
      const std::lock_guard lock(mutex_);
      failed_ = true;
      break;
    }
    caller.acknowledged = caller.last;
  }
}

bool Callers::call(Caller& caller) {
  const std::vector<ModelOperation> operations = next_call(caller);
  std::vector<Operation> views;
  for (const ModelOperation& operation : operations) views.push_back(operation.view());
  std::vector<Outcome> outcomes;
  const auto ticket = log_->submit(views, &outcomes);
  if (!ticket) {
    // `busy`, and `i/o error` for a segment that could not be prepared, come before an LSN exists.
    const Errc code = ticket.error().code;
    if (code == Errc::kPoisoned || code == Errc::kBusy || code == Errc::kIo) return false;
    caller.wrong = "submit: " + to_string(ticket.error());
    return false;
  }
  std::vector<ModelOperation> committed;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    // No client's operations overtake one another, so the answers are known before they are
    // durable.
    if (outcomes[i] != caller.model.apply(operations[i])) caller.wrong = "a wrong outcome";
    if (outcomes[i] == Outcome::kCommitted) committed.push_back(operations[i]);
  }
  if (committed.empty()) return true;
  caller.last = ticket->lsn;
  const std::lock_guard lock(mutex_);
  if (!records_.emplace(ticket->lsn, std::move(committed)).second) caller.wrong = "an LSN twice";
  return true;
}

// Each thread has a client of its own, with duplicates and clears, and all share one, where the ids
// tell the threads apart.
std::vector<ModelOperation> Callers::next_call(Caller& caller) const {
  ModelOperation own = caller.workload.next_operation();
  own.client = "own-" + std::to_string(caller.number);
  if (caller.workload.below(3) != 0) return {std::move(own)};
  ModelOperation shared;
  shared.client = "shared";
  shared.producer = std::to_string(caller.number);
  shared.id = BatchId(caller.next_id++);
  shared.data = shared.producer + "/" + std::to_string(caller.next_id) + ";";
  return {std::move(own), std::move(shared)};
}

std::string Callers::compare(engine::LogEngine& log, Lsn acknowledged) {
  const Lsn recovered = log.durable_lsn();
  if (recovered < acknowledged) {
    return "lost: acknowledged up to " + std::to_string(acknowledged.value) + ", recovered " +
           std::to_string(recovered.value);
  }
  Model model;
  for (const auto& [lsn, operations] : records_) {
    if (lsn > recovered) break;
    for (const ModelOperation& operation : operations) {
      if (model.apply(operation) != Outcome::kCommitted) return "committed what is known";
    }
  }
  for (const auto& [name, client] : model.clients()) {
    if (std::string wrong = compare_client(log, name, client); !wrong.empty()) return wrong;
  }
  return "";
}

std::string Callers::compare_client(engine::LogEngine& log, const std::string& name,
                                    const ModelClient& client) {
  const auto state = log.retrieve(name);
  if (!state) return "retrieve: " + to_string(state.error());
  if (state->value_or("none") != (client.exists ? client.state : "none")) {
    return "state of " + name + " is '" + state->value_or("none") + "', should be '" +
           client.state + "'";
  }
  // The threads' numbers are producers, too.
  for (const std::string producer : {"", "p", "q", "0", "1", "2", "3", "4"}) {
    for (const BatchId& id : workload_ids()) {
      const auto seen = log.seen(name, id, producer);
      if (!seen) return "seen: " + to_string(seen.error());
      if (*seen != has_id(client.ids, producer, id)) {
        return name + (*seen ? " knows an id it never got" : " forgot an id");
      }
    }
  }
  return "";
}

}  // namespace seawall::crash
