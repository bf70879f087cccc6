#include "crash/workload.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "crash/model.h"

namespace seawall::crash {

std::vector<BatchId> workload_ids() {
  std::vector<BatchId> ids;
  for (std::uint64_t id = 0; id < kWorkloadIds; ++id) ids.emplace_back(id);
  for (std::uint64_t text = 0; text < kWorkloadTexts; ++text) {
    ids.emplace_back("text-" + std::to_string(text));
  }
  for (std::uint64_t key = 0; key < kWorkloadClearKeys; ++key) {
    ids.emplace_back("end-" + std::to_string(key));
  }
  return ids;
}

StepKind Workload::next_step() {
  const std::uint64_t kind = below(48);
  if (kind < mix_.rounds_of_48) return StepKind::kCheckpoint;
  const std::uint64_t other = kind - mix_.rounds_of_48;
  if (other == 0) return StepKind::kReopen;
  if (other == 1) return StepKind::kKill;
  if (other == 2) return StepKind::kDisk;
  return other < 10 ? StepKind::kBatch : StepKind::kSingle;
}

ModelOperation Workload::next_operation(std::uint64_t client) {
  ModelOperation operation;
  operation.client = "client-" + std::to_string(client);
  const std::uint64_t choice = below(20);
  // The first producer sends half of everything.
  operation.producer = kWorkloadProducers[below(4) % std::size(kWorkloadProducers)];
  if (choice < mix_.clears_of_20) {
    operation.is_clear = true;
    operation.keep_ids = below(3) == 0;
    // Few keys, so that keyed clears come again too.
    if (client >= mix_.clients_without_keys && below(2) == 0) {
      operation.id = BatchId("end-" + std::to_string(below(3) / 2));
      operation.producer = kWorkloadProducers[0];
    }
    return operation;
  }
  operation.id = choice < mix_.clears_of_20 + 3
                     ? BatchId("text-" + std::to_string(below(kWorkloadTexts)))
                     : BatchId(below(kWorkloadIds));
  operation.data = std::to_string(below(1000)) + std::string(below(120), '.') + ";";
  return operation;
}

std::vector<ModelOperation> Workload::next_batch() {
  std::vector<ModelOperation> batch;
  const std::uint64_t count = 2 + below(3);
  for (std::uint64_t i = 0; i < count; ++i) {
    ModelOperation operation = next_operation();
    const bool repeated = std::ranges::any_of(batch, [&](const ModelOperation& other) {
      return other.client == operation.client && other.id == operation.id &&
             other.producer == operation.producer;
    });
    if (!repeated) batch.push_back(std::move(operation));
  }
  return batch;
}

}  // namespace seawall::crash
