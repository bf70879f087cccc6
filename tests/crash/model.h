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

/// What a log must hold, the straightforward way: maps and sets, nothing durable.
class Model {
 public:
  struct Client {
    bool exists = false;
    bool ended = false;
    std::string state;
    std::set<std::pair<std::string, BatchId>> ids;
    std::set<std::pair<std::string, BatchId>> clear_ids;
  };

  /// Decides and applies one operation.
  Outcome apply(const ModelOperation& operation);

  [[nodiscard]] const std::map<std::string, Client>& clients() const { return clients_; }

 private:
  std::map<std::string, Client> clients_;
};

}  // namespace seawall::crash
