#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "seawall/types.h"

namespace seawall::crash {

/// An operation that owns its strings.
struct ModelOperation {
  bool is_clear = false;
  bool keep_ids = false;
  std::string client;
  BatchId id;
  std::string producer;
  std::string data;

  [[nodiscard]] Operation view() const {
    return {is_clear ? Operation::Kind::kClear : Operation::Kind::kApply,
            client,
            id,
            producer,
            data,
            keep_ids};
  }
};

/// Ids by producer.
using ModelIds = std::map<std::string, std::set<BatchId>>;

[[nodiscard]] bool has_id(const ModelIds& ids, const std::string& producer, const BatchId& id);

/// What a client must be.
struct ModelClient {
  bool exists = false;
  bool ended = false;
  std::string state;
  ModelIds ids;
  ModelIds clear_ids;
};

/// Decides one operation and applies it to its client.
using ModelRule = Outcome (*)(ModelClient& client, const ModelOperation& operation);

/// The rule a log keeps: docs/guarantees.md, E1 and E2.
Outcome apply_once(ModelClient& client, const ModelOperation& operation);

/// What a log must hold, the straightforward way: maps and sets, nothing durable.
class Model {
 public:
  explicit Model(ModelRule rule = apply_once) : rule_(rule) {}

  Outcome apply(const ModelOperation& operation) {
    return rule_(clients_[operation.client], operation);
  }

  [[nodiscard]] const std::map<std::string, ModelClient>& clients() const { return clients_; }

 private:
  ModelRule rule_;
  std::map<std::string, ModelClient> clients_;
};

}  // namespace seawall::crash
