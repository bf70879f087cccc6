#include "crash/world.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/options.h"
#include "seawall/types.h"

#include "crash/failing_interpreter.h"
#include "crash/hooked_storage.h"
#include "crash/model.h"
#include "crash/workload.h"
#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {
namespace {

// Small enough that a hundred operations switch, recycle and checkpoint several times. Seeds differ
// in the options too.
engine::EngineConfig config(std::uint64_t seed) {
  Options options;
  options.log_bytes_max = 6 << 10;
  options.live_state_bytes_max = 600;
  options.checkpoint_state_share = seed % 3 == 0 ? 0 : 0.5;
  return {options, false};
}

FileSystemStorageOptions storage_options(std::uint64_t seed) {
  constexpr std::uint32_t kPage = 4096;
  constexpr std::uint32_t kLine = 64;
  return {.segment_bytes_min = std::uint64_t{aligns_to_pages(seed) ? 12U : 8U} << 10,
          .segment_bytes_max = 24 << 10,
          .group_align_bytes = aligns_to_pages(seed) ? kPage : kLine};
}

bool merges_in_background(std::uint64_t seed) {
  return seed % 4 != 0;
}

// A seed in four has a disk that is full now and then.
bool fills_its_disk(std::uint64_t seed) {
  return seed % 4 == 1;
}

// In half of the seeds clients begin and end many lives, beside and within many rounds.
WorkloadMix mix(std::uint64_t seed) {
  if (seed % 4 < 2) return {};
  return {.clients_without_keys = 3, .clears_of_20 = 8, .rounds_of_48 = 12};
}

/// Every id the workload uses.
std::string id_name(const BatchId& id) {
  return id.is_integer() ? std::to_string(id.integer()) : id.text();
}

}  // namespace

bool aligns_to_pages(std::uint64_t seed) {
  return seed % 5 == 0;
}

World::World(std::shared_ptr<storage::SimulatedFileSystem> machine, std::uint64_t seed,
             const Mutant& mutant)
    : machine_(std::move(machine)),
      workload_(seed, mix(seed)),
      seed_(seed),
      mutant_(mutant),
      decided_(mutant.rule),
      shown_(mutant.rule) {}

World World::on(std::shared_ptr<storage::SimulatedFileSystem> machine) const {
  World copy(std::move(machine), seed_, mutant_);
  copy.workload_ = workload_;
  copy.records_ = records_;
  copy.shown_ = shown_;
  copy.acknowledged_ = acknowledged_;
  copy.disk_full_ = disk_full_;
  return copy;
}

void World::abandon() {
  engine_.reset();
  failed_ = false;
}

void World::kill() {
  machine_->kill_process();
  abandon();
}

bool World::is_expected(const Error& error) const {
  if (machine_->is_off()) return true;
  const bool wants_space = error.code == Errc::kNoSpace || error.code == Errc::kBusy;
  if (disk_full_ && wants_space) return true;
  if (shortage_expected_ && error.code == Errc::kExhausted) return true;
  if (!faults_expected_) return false;
  // A device that is gone gives nothing back, which is damage as long as it lasts.
  const bool unreadable = error.code == Errc::kCorrupt && error.os_errno == EIO;
  return wants_space || unreadable || error.code == Errc::kIo || error.code == Errc::kPoisoned ||
         error.code == Errc::kExhausted;
}

std::string World::judge(const std::string& what, const Error& error) const {
  return is_expected(error) ? "" : what + ": " + to_string(error);
}

std::string World::open_and_check() {
  Mutant::Files files = machine_;
  if (mutant_.file_system != nullptr) files = mutant_.file_system(files);
  Mutant::Storage storage = storage::make_file_storage(files, storage_options(seed_));
  if (mutant_.storage != nullptr) storage = mutant_.storage(storage);
  hooks_.before = [this](RoundCall call) {
    if (call == RoundCall::kPut) act_between_steps();
    return Result<void>{};
  };
  hooks_.after = [this](RoundCall call) {
    if (call == RoundCall::kPut || call == RoundCall::kPublish) act_between_steps();
  };
  storage = std::make_shared<HookedStorage>(std::move(storage), hooks_);
  const auto open = [&] {
    return engine::LogEngine::open(
        std::make_shared<FailingInterpreter>(merges_in_background(seed_), folds_left_), storage,
        {"/base", "log"}, config(seed_));
  };
  auto opened = open();
  if (!opened && disk_full_ && opened.error().code == Errc::kNoSpace) {
    turn_disk();
    opened = open();
  }
  if (!opened) {
    failed_ = true;
    return judge("open failed", opened.error());
  }
  engine_ = std::move(*opened);
  failed_ = false;
  return check_recovered();
}

std::string World::check_recovered() {
  const Lsn recovered = engine_->durable_lsn();
  if (recovered < acknowledged_) {
    return "lost: acknowledged up to " + std::to_string(acknowledged_.value) + ", recovered " +
           std::to_string(recovered.value);
  }
  if (recovered.value > records_.size()) return "records that were never submitted";
  records_.resize(recovered.value);
  // What recovery showed, a later recovery must show again.
  note_acknowledged();
  decided_ = shown_;
  return compare();
}

void World::note_acknowledged() {
  const Lsn durable{std::min<std::uint64_t>(engine_->durable_lsn().value, records_.size())};
  for (; acknowledged_ < durable; ++acknowledged_.value) {
    for (const ModelOperation& operation : records_[acknowledged_.value]) shown_.apply(operation);
  }
}

std::string World::compare() {
  std::vector<std::string> names;
  for (const auto& [name, client] : shown_.clients()) {
    if (std::string wrong = compare_client(name, client); !wrong.empty()) return wrong;
    if (std::string wrong = compare_ids(name, client); !wrong.empty()) return wrong;
    if (client.exists) names.push_back(name);
  }
  return engine_->clients() == names ? "" : "the list of clients is wrong";
}

std::string World::compare_client(const std::string& name, const ModelClient& client) {
  const auto state = engine_->retrieve(name);
  if (!state) return judge("retrieve", state.error());
  if (state->has_value() == client.exists && (!client.exists || **state == client.state)) return "";
  return "state of " + name + " is '" + state->value_or("none") + "', should be '" +
         (client.exists ? client.state : "none") + "'";
}

std::string World::compare_ids(const std::string& name, const ModelClient& client) {
  static const std::vector<BatchId> ids = workload_ids();
  static const std::set<BatchId> none;
  for (const std::string producer : kWorkloadProducers) {
    const auto found = client.ids.find(producer);
    const std::set<BatchId>& known = found == client.ids.end() ? none : found->second;
    for (const BatchId& id : ids) {
      const auto seen = engine_->seen(name, id, producer);
      if (!seen) return judge("seen", seen.error());
      if (*seen != known.contains(id)) {
        return "id " + id_name(id) + " of " + name + " is wrong";
      }
    }
  }
  return "";
}

std::string World::work(int steps) {
  for (int i = 0; i < steps && !failed_; ++i) {
    if (std::string wrong = step(); !wrong.empty()) return wrong;
  }
  if (!failed_) {
    if (std::string wrong = wait_all(); !wrong.empty()) return wrong;
  }
  if (machine_->is_off() || engine_ == nullptr) return "";
  if (failed_) return check_stopped();
  return compare();
}

// After a failed flush nothing more is taken, and reads go on (guarantee F1).
std::string World::check_stopped() {
  const Operation operation{.client = "after", .id = 1, .producer = {}, .data = "the end;"};
  if (engine_->submit({&operation, 1}, nullptr)) return "accepted after a failure";
  return compare();
}

std::string World::step() {
  const StepKind kind = workload_.next_step();
  if (kind == StepKind::kCheckpoint) return checkpoint();
  if (kind == StepKind::kReopen) return reopen();
  if (kind == StepKind::kKill) {
    kill();
    return open_and_check();
  }
  if (kind == StepKind::kDisk) {
    if (fills_its_disk(seed_)) turn_disk();
    return "";
  }
  return call(kind == StepKind::kBatch ? workload_.next_batch()
                                       : std::vector{workload_.next_operation()});
}

std::string World::call(const std::vector<ModelOperation>& operations) {
  if (std::string wrong = submit(operations); !wrong.empty() || failed_) return wrong;
  // Most calls wait; some leave several records to one group, and what is not durable is not shown.
  const std::string& name = operations.front().client;
  const auto client = shown_.clients().find(name);
  if (workload_.below(3) == 0) {
    return compare_client(name, client == shown_.clients().end() ? ModelClient{} : client->second);
  }
  return wait_all();
}

void World::turn_disk() {
  constexpr std::uint64_t kLeftBytesMax = 16 << 10;
  disk_full_ = !disk_full_;
  machine_->set_capacity(disk_full_ ? machine_->used_bytes() + workload_.below(kLeftBytesMax)
                                    : std::numeric_limits<std::uint64_t>::max());
}

std::string World::reopen() {
  const auto closed = engine_->close();
  note_acknowledged();
  if (!closed && !is_expected(closed.error())) return "close: " + to_string(closed.error());
  abandon();
  return open_and_check();
}

std::string World::checkpoint() {
  constexpr std::uint64_t kFoldsMax = 6;
  const bool runs_short = workload_.below(4) == 0;
  *folds_left_ = runs_short ? 1 + workload_.below(kFoldsMax) : 0;
  in_checkpoint_ = !runs_short;
  const auto done = engine_->checkpoint();
  in_checkpoint_ = false;
  *folds_left_ = 0;
  if (!wrong_between_.empty()) return "between a round's steps: " + wrong_between_;
  if (done) return "";
  // Such a round has failed, and the next has the same clients to write.
  if (runs_short && done.error().code == Errc::kExhausted) return "";
  // Only a failure whose outcome is unknown ends the log, which the next call tells.
  const auto again = engine_->checkpoint();
  failed_ |= machine_->is_off() || (!again && again.error().code == Errc::kPoisoned);
  return judge("checkpoint", done.error());
}

void World::act_between_steps() {
  constexpr std::uint64_t kCallsMax = 3;
  if (!in_checkpoint_) return;
  for (std::uint64_t left = workload_.below(kCallsMax + 1); left > 0; --left) {
    if (failed_ || !wrong_between_.empty()) return;
    const bool is_batch = workload_.below(4) == 0;
    wrong_between_ =
        call(is_batch ? workload_.next_batch() : std::vector{workload_.next_operation()});
  }
}

std::string World::submit(const std::vector<ModelOperation>& operations) {
  std::vector<Operation> views;
  for (const ModelOperation& operation : operations) views.push_back(operation.view());
  std::vector<Outcome> outcomes;
  const auto ticket = engine_->submit(views, &outcomes);
  note_acknowledged();
  if (ticket) return note_outcomes(operations, outcomes, ticket->lsn);
  // Anything else came before an LSN existed; the next call may succeed.
  failed_ = machine_->is_off() || ticket.error().code == Errc::kPoisoned;
  return judge("submit", ticket.error());
}

std::string World::note_outcomes(const std::vector<ModelOperation>& operations,
                                 const std::vector<Outcome>& outcomes, Lsn lsn) {
  std::vector<ModelOperation> committed;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Outcome expected = decided_.apply(operations[i]);
    if (outcomes[i] != expected) {
      return "outcome " + std::string(outcome_name(outcomes[i])) + " for " + operations[i].client +
             ", should be " + std::string(outcome_name(expected));
    }
    if (expected == Outcome::kCommitted) committed.push_back(operations[i]);
  }
  if (committed.empty()) return "";
  records_.push_back(std::move(committed));
  return lsn.value == records_.size() ? "" : "an LSN was skipped or given twice";
}

std::string World::wait_all() {
  const auto waited = engine_->wait(Lsn{records_.size()});
  note_acknowledged();
  if (waited) return "";
  failed_ = true;
  // A full disk is refused before an LSN exists, and fails nothing after that (guarantee F2).
  if (!faults_expected_ && !machine_->is_off()) return "wait: " + to_string(waited.error());
  return judge("wait", waited.error());
}

}  // namespace seawall::crash
