#pragma once

/// \file
/// What each writer of a crowd calls in one life of a log. The seed decides all of it, so that a
/// process that looks at what a killed one left knows what that one was doing.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crash/model.h"
#include "crash/workload.h"

namespace seawall::process {

inline constexpr std::size_t kCrowdWriters = 4;

/// What commits together: whole or not at all.
using Transaction = std::vector<crash::ModelOperation>;

enum class CallForm : std::uint8_t {
  kBlocking,   ///< `persist`, `clear` or `batch`.
  kSubmitted,  ///< `submit` or `submit_batch`, waited for later.
  kMany,       ///< `submit_many`, waited for later.
};

struct CrowdCall {
  CallForm form = CallForm::kBlocking;
  std::vector<Transaction> transactions;  ///< One, except with `kMany`.
  bool looks = false;  ///< Afterwards the writer waits for everything and reads its clients.
};

/// One writer's calls, in order. Nobody else writes to its clients.
using CrowdCalls = std::vector<CrowdCall>;
using CrowdPlan = std::array<CrowdCalls, kCrowdWriters>;

/// Returns the names of a writer's clients, sorted.
[[nodiscard]] std::vector<std::string> clients_of(std::size_t writer);

/// Returns data or a state without its padding.
[[nodiscard]] std::string shortened(std::string text);

/// Returns one operation as a line's part, for a history.
[[nodiscard]] std::string to_string(const crash::ModelOperation& operation);

/// Makes up calls of one writer: every kind of operation, some of them sent before.
class CrowdPlanner {
 public:
  CrowdPlanner(std::size_t writer, std::uint64_t seed);

  /// Appends calls until `calls` holds `transactions` of them or a few more.
  void extend(CrowdCalls& calls, std::size_t transactions);

  /// Appends one submitted call for each of `transactions`: their redelivery.
  static void redeliver(CrowdCalls& calls, const std::vector<Transaction>& transactions);

 private:
  [[nodiscard]] Transaction next_transaction();

  std::vector<std::string> clients_;
  crash::Workload workload_;
  std::size_t favourite_ = 0;  ///< The client of the burst.
};

/// Returns how many transactions `calls` have.
[[nodiscard]] std::size_t transactions_in(const CrowdCalls& calls);
/// Returns the transactions of `calls`, in order.
[[nodiscard]] std::vector<Transaction> flattened(const CrowdCalls& calls);

}  // namespace seawall::process
