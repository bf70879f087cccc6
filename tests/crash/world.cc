#include "crash/world.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/options.h"
#include "seawall/types.h"

#include "crash/list_interpreter.h"
#include "crash/model.h"
#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {
namespace {

constexpr std::uint64_t kClients = 5;
constexpr std::uint64_t kIds = 40;

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
  return {.segment_bytes_min = std::uint64_t{seed % 5 == 0 ? 12U : 8U} << 10,
          .segment_bytes_max = 24 << 10,
          .group_align_bytes = seed % 5 == 0 ? kPage : kLine};
}

bool merges_in_background(std::uint64_t seed) {
  return seed % 4 != 0;
}

std::string client_name(std::uint64_t index) {
  return "client-" + std::to_string(index);
}

}  // namespace

World::World(std::shared_ptr<storage::SimulatedFileSystem> machine, std::uint64_t seed, Wrap wrap)
    : machine_(std::move(machine)), random_(seed), seed_(seed), wrap_(wrap) {}

World World::on(std::shared_ptr<storage::SimulatedFileSystem> machine) const {
  World copy(std::move(machine), seed_, wrap_);
  copy.random_ = random_;
  copy.records_ = records_;
  copy.model_ = model_;
  copy.acknowledged_ = acknowledged_;
  return copy;
}

void World::abandon() {
  // The machine is off or the process killed: closing can write nothing.
  engine_.reset();
  failed_ = false;
}

std::string World::open_and_check() {
  std::shared_ptr<storage::FileSystem> file_system = machine_;
  if (wrap_ != nullptr) file_system = wrap_(file_system);
  auto opened =
      engine::LogEngine::open(std::make_shared<ListInterpreter>(merges_in_background(seed_)),
                              storage::make_file_storage(file_system, storage_options(seed_)),
                              {"/base", "log"}, config(seed_));
  if (!opened) {
    return machine_->is_off() ? "" : "open failed: " + to_string(opened.error());
  }
  engine_ = std::move(*opened);
  const Lsn recovered = engine_->durable_lsn();
  if (recovered < acknowledged_) {
    return "lost: acknowledged up to " + std::to_string(acknowledged_.value) + ", recovered " +
           std::to_string(recovered.value);
  }
  if (recovered.value > records_.size()) return "records that were never submitted";
  records_.resize(recovered.value);
  model_ = model_at(recovered);
  // What recovery showed, a later recovery must show again.
  acknowledged_ = recovered;
  return compare();
}

Model World::model_at(Lsn lsn) const {
  Model model;
  for (std::uint64_t i = 0; i < lsn.value; ++i) {
    for (const ModelOperation& operation : records_[i]) model.apply(operation);
  }
  return model;
}

std::string World::compare() {
  std::vector<std::string> names;
  for (const auto& [name, client] : model_.clients()) {
    const auto state = engine_->retrieve(name);
    if (!state) return machine_->is_off() ? "" : "retrieve: " + to_string(state.error());
    if (state->has_value() != client.exists || (client.exists && **state != client.state)) {
      return "state of " + name + " is '" + state->value_or("none") + "', should be '" +
             (client.exists ? client.state : "none") + "'";
    }
    if (client.exists) names.push_back(name);
    for (std::uint64_t id = 0; id < kIds; ++id) {
      for (const char* producer : {"", "p"}) {
        if (engine_->seen(name, id, producer) != client.ids.contains({producer, BatchId(id)})) {
          return "id " + std::to_string(id) + " of " + name + " is wrong";
        }
      }
    }
  }
  if (engine_->clients() != names) return "the list of clients is wrong";
  return "";
}

std::string World::work(int steps) {
  for (int i = 0; i < steps && !failed_; ++i) {
    if (std::string wrong = step(); !wrong.empty()) return wrong;
  }
  if (failed_) return "";
  if (std::string wrong = wait_all(); !wrong.empty() || failed_) return wrong;
  return compare();
}

std::string World::step() {
  const std::uint64_t kind = random_() % 24;
  if (kind == 0) {
    const auto done = engine_->checkpoint();
    failed_ = !done;
    return done || machine_->is_off() ? "" : "checkpoint: " + to_string(done.error());
  }
  if (kind < 4) {
    std::vector<ModelOperation> batch;
    for (std::uint64_t i = 0; i < 2 + random_() % 3; ++i) {
      ModelOperation operation = random_operation();
      const bool repeated = std::ranges::any_of(batch, [&](const ModelOperation& other) {
        return other.client == operation.client && other.id == operation.id &&
               other.producer == operation.producer;
      });
      if (!repeated) batch.push_back(std::move(operation));
    }
    if (std::string wrong = submit(batch); !wrong.empty() || failed_) return wrong;
  } else if (std::string wrong = submit({random_operation()}); !wrong.empty() || failed_) {
    return wrong;
  }
  // Most calls wait; some leave several records to one group.
  return kind % 3 == 0 ? "" : wait_all();
}

std::string World::submit(const std::vector<ModelOperation>& operations) {
  std::vector<Operation> views;
  for (const ModelOperation& operation : operations) views.push_back(operation.view());
  std::vector<Outcome> outcomes;
  const auto ticket = engine_->submit(views, &outcomes);
  if (!ticket) {
    failed_ = true;
    return machine_->is_off() ? "" : "submit: " + to_string(ticket.error());
  }
  std::vector<ModelOperation> committed;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Outcome expected = model_.apply(operations[i]);
    if (outcomes[i] != expected) {
      return "outcome " + std::string(outcome_name(outcomes[i])) + " for " + operations[i].client +
             ", should be " + std::string(outcome_name(expected));
    }
    if (expected == Outcome::kCommitted) committed.push_back(operations[i]);
  }
  if (committed.empty()) return "";
  records_.push_back(std::move(committed));
  if (ticket->lsn.value != records_.size()) return "an LSN was skipped or given twice";
  return "";
}

std::string World::wait_all() {
  const Lsn last{records_.size()};
  const auto waited = engine_->wait(last);
  if (!waited) {
    failed_ = true;
    return machine_->is_off() ? "" : "wait: " + to_string(waited.error());
  }
  acknowledged_ = last;
  return "";
}

ModelOperation World::random_operation() {
  ModelOperation operation;
  operation.client = client_name(random_() % kClients);
  const std::uint64_t choice = random_() % 20;
  operation.producer = random_() % 4 == 0 ? "p" : "";
  if (choice < 2) {
    operation.is_clear = true;
    operation.keep_ids = random_() % 3 == 0;
    if (random_() % 2 == 0) operation.id = BatchId("end-" + std::to_string(random_() % 3));
    return operation;
  }
  operation.id =
      choice == 2 ? BatchId("text-" + std::to_string(random_() % 5)) : BatchId(random_() % kIds);
  operation.data = std::to_string(random_() % 1000) + std::string(random_() % 120, '.') + ";";
  return operation;
}

}  // namespace seawall::crash
