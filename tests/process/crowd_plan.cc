#include "process/crowd_plan.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "crash/model.h"
#include "crash/workload.h"

namespace seawall::process {
namespace {

// Clients begin and end many lives within a few hundred calls.
constexpr crash::WorkloadMix kMix{.clients = 10, .clients_without_keys = 5, .clears_of_20 = 9};
// Most operations come in bursts for one client, which then rests: what is wrong with it after the
// burst's last operation stays so.
constexpr std::uint64_t kBurst = 3;
constexpr std::uint64_t kBesidesBurst = 8;  // one in this many is for any client

std::string id_name(const BatchId& id) {
  if (id.is_none()) return "none";
  return id.is_integer() ? std::to_string(id.integer()) : id.text();
}

}  // namespace

std::string shortened(std::string text) {
  std::erase(text, '.');
  return text;
}

std::vector<std::string> clients_of(std::size_t writer) {
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < kMix.clients; ++i) {
    names.push_back("w" + std::to_string(writer) + "-" + std::to_string(i));
  }
  return names;
}

std::string to_string(const crash::ModelOperation& operation) {
  const std::string key =
      operation.client + " id " + id_name(operation.id) + " of '" + operation.producer + "'";
  if (!operation.is_clear) return "apply " + key + ": " + shortened(operation.data);
  return (operation.keep_ids ? "clear, keep ids, " : "clear ") + key;
}

CrowdPlanner::CrowdPlanner(std::size_t writer, std::uint64_t seed)
    : clients_(clients_of(writer)), workload_(seed * kCrowdWriters + writer, kMix) {}

Transaction CrowdPlanner::next_transaction() {
  constexpr std::uint64_t kBatchEvery = 5;
  if (workload_.below(kBurst) == 0) favourite_ = workload_.below(clients_.size());
  if (workload_.below(kBatchEvery) == 0) {
    Transaction batch = workload_.next_batch();
    for (crash::ModelOperation& operation : batch) {
      // The workload names its clients by their number: "client-0".
      operation.client = clients_.at(static_cast<std::size_t>(operation.client.back() - '0'));
    }
    return batch;
  }
  const bool besides = workload_.below(kBesidesBurst) == 0;
  const std::size_t client = besides ? workload_.below(clients_.size()) : favourite_;
  crash::ModelOperation operation = workload_.next_operation(client);
  operation.client = clients_.at(client);
  return {std::move(operation)};
}

void CrowdPlanner::extend(CrowdCalls& calls, std::size_t transactions) {
  std::size_t count = transactions_in(calls);
  while (count < transactions) {
    CrowdCall call;
    const std::uint64_t form = workload_.below(8);
    std::uint64_t size = 1;
    if (form == 0) {
      call.form = CallForm::kMany;
      size = 1 + workload_.below(4);
    } else if (form < 4) {
      call.form = CallForm::kSubmitted;
    }
    for (std::uint64_t i = 0; i < size; ++i) call.transactions.push_back(next_transaction());
    call.looks = workload_.below(8) == 0;
    count += call.transactions.size();
    calls.push_back(std::move(call));
  }
}

void CrowdPlanner::redeliver(CrowdCalls& calls, const std::vector<Transaction>& transactions) {
  for (const Transaction& transaction : transactions) {
    calls.push_back({.form = CallForm::kSubmitted, .transactions = {transaction}, .looks = false});
  }
}

std::size_t transactions_in(const CrowdCalls& calls) {
  std::size_t count = 0;
  for (const CrowdCall& call : calls) count += call.transactions.size();
  return count;
}

std::vector<Transaction> flattened(const CrowdCalls& calls) {
  std::vector<Transaction> all;
  for (const CrowdCall& call : calls) {
    all.insert(all.end(), call.transactions.begin(), call.transactions.end());
  }
  return all;
}

}  // namespace seawall::process
