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
  if (kind < 2) return StepKind::kCheckpoint;
  if (kind == 2) return StepKind::kReopen;
  if (kind == 3) return StepKind::kKill;
  if (kind == 4) return StepKind::kDisk;
  return kind < 12 ? StepKind::kBatch : StepKind::kSingle;
}

ModelOperation Workload::next_operation() {
  ModelOperation operation;
  operation.client = "client-" + std::to_string(below(kWorkloadClients));
  const std::uint64_t choice = below(20);
  // The first producer sends half of everything.
  operation.producer = kWorkloadProducers[below(4) % std::size(kWorkloadProducers)];
  if (choice < 2) {
    operation.is_clear = true;
    operation.keep_ids = below(3) == 0;
    // Few keys, so that keyed clears come again too.
    if (below(2) == 0) {
      operation.id = BatchId("end-" + std::to_string(below(3) / 2));
      operation.producer = kWorkloadProducers[0];
    }
    return operation;
  }
  operation.id = choice < 5 ? BatchId("text-" + std::to_string(below(kWorkloadTexts)))
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
