#pragma once

/// \file
/// The contract a consumer programs against.

#include <optional>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/types.h"

namespace seawall {

/// Durable, idempotent state per client.
class DataPersistenceInterface {
 public:
  DataPersistenceInterface() = default;
  DataPersistenceInterface(const DataPersistenceInterface&) = delete;
  DataPersistenceInterface& operator=(const DataPersistenceInterface&) = delete;
  virtual ~DataPersistenceInterface() = default;

  /// Merges `data` into the client's state, once per (`client_id`, `batch_id`), durably.
  [[nodiscard]] virtual Result<Receipt> persist(std::string_view client_id, std::string_view data,
                                                const BatchId& batch_id) = 0;

  /// Returns the merge of everything acknowledged for the client; nothing when unknown or cleared.
  [[nodiscard]] virtual Result<std::optional<std::string>> retrieve(std::string_view client_id) = 0;

  /// Forgets the client's state and ids, durably.
  [[nodiscard]] virtual Result<Receipt> clear(std::string_view client_id) = 0;
};

}  // namespace seawall
