// LogEngine's way in: from a call's operations to a record with an LSN.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"

#include "base/check.h"
#include "engine/log_engine.h"
#include "format/record.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/in_flight.h"

namespace seawall::engine {
namespace {

Error invalid(std::string message) {
  return Error{.code = Errc::kInvalidArgument, .message = std::move(message)};
}

Result<void> check_operation(const Operation& operation) {
  if (operation.client.empty()) return std::unexpected(invalid("the client id is empty"));
  if (operation.client.size() > kNameBytesMax) {
    return std::unexpected(invalid("the client id is over 4,096 bytes"));
  }
  if (operation.producer.size() > kNameBytesMax) {
    return std::unexpected(invalid("the producer is over 4,096 bytes"));
  }
  if (operation.id.is_invalid()) {
    return std::unexpected(
        invalid("the id must be an integer 0..2^63-1 or a string of 1 to 4,096 bytes"));
  }
  if (operation.kind == Operation::Kind::kApply && operation.id.is_none()) {
    return std::unexpected(invalid("the id is missing"));
  }
  return {};
}

// The same idempotency key twice in one call would leave open which of the two counts.
Result<void> check_keys_differ(std::span<const Operation> operations) {
  std::vector<const Operation*> keyed;
  for (const Operation& operation : operations) {
    if (!operation.id.is_none()) keyed.push_back(&operation);
  }
  const auto key = [](const Operation* operation) {
    return std::tie(operation->client, operation->producer, operation->id);
  };
  std::ranges::sort(keyed, {}, key);
  if (std::ranges::adjacent_find(keyed, {}, key) != keyed.end()) {
    return std::unexpected(invalid("the same client, producer and id twice in one call"));
  }
  return {};
}

format::OperationKind kind_of(const Operation& operation) {
  if (operation.kind == Operation::Kind::kApply) return format::OperationKind::kApply;
  return operation.keep_ids ? format::OperationKind::kClearKeepIds : format::OperationKind::kClear;
}

}  // namespace

Result<void> LogEngine::check(std::span<const Operation> operations) const {
  if (operations.empty()) return std::unexpected(invalid("a batch without operations"));
  for (const Operation& operation : operations) {
    if (auto checked = check_operation(operation); !checked) return checked;
  }
  if (operations.size() > 1) return check_keys_differ(operations);
  return {};
}

Result<void> LogEngine::format_all(std::span<const Operation> operations,
                                   std::vector<std::string>& deltas) const {
  std::size_t bytes = 0;
  for (const Operation& operation : operations) {
    bytes += operation.client.size() + operation.producer.size() + operation.id.text().size();
    if (operation.kind == Operation::Kind::kClear) {
      deltas.emplace_back();
      continue;
    }
    auto delta = interpreter_->format(operation.data);
    if (!delta) return std::unexpected(std::move(delta.error()));
    bytes += delta->size();
    deltas.push_back(std::move(*delta));
  }
  if (bytes > config_.options.record_bytes_max) {
    return std::unexpected(invalid("the record has " + std::to_string(bytes) +
                                   " bytes, over the maximum of " +
                                   std::to_string(config_.options.record_bytes_max)));
  }
  return {};
}

Result<Ticket> LogEngine::submit(std::span<const Operation> operations,
                                 std::vector<Outcome>* outcomes) {
  if (auto checked = check(operations); !checked) return std::unexpected(checked.error());
  std::vector<std::string> deltas;
  deltas.reserve(operations.size());
  if (auto formatted = format_all(operations, deltas); !formatted) {
    return std::unexpected(std::move(formatted.error()));
  }
  throttle();
  std::size_t record_bytes = 0;
  constexpr std::size_t kHeadsBytes = 64;  // what record_bytes_bound adds per operation, and more
  for (std::size_t i = 0; i < operations.size(); ++i) {
    record_bytes += operations[i].client.size() + operations[i].producer.size() +
                    operations[i].id.text().size() + deltas[i].size() + 2 * kHeadsBytes;
  }
  auto lock = commit_->lock();
  for (;;) {
    auto admitted = commit_->admit_locked(lock, record_bytes);
    if (!admitted) return std::unexpected(std::move(admitted.error()));
    if (*admitted) break;
  }
  Ticket ticket;
  ticket.lsn = decide_locked(operations, deltas, outcomes, ticket.outcome);
  if (record_.operations.empty()) {
    ticket.lsn = std::max(ticket.lsn, commit_->durable());
    return ticket;
  }
  SEAWALL_CHECK(format::record_bytes_bound(record_) <= record_bytes);
  ticket.lsn = commit_->enqueue_locked(record_);
  return ticket;
}

Lsn LogEngine::decide_locked(std::span<const Operation> operations,
                             const std::vector<std::string>& deltas, std::vector<Outcome>* outcomes,
                             Outcome& first_outcome) {
  record_.interpreter_version = interpreter_->version();
  record_.keys.clear();
  record_.operations.clear();
  const Lsn lsn = commit_->next_locked();
  const std::uint64_t oldest_us = oldest_id_us();
  Lsn covering;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Operation& operation = operations[i];
    state::ClientTable::Shard& shard = table_.shard_of(operation.client);
    const std::scoped_lock shard_lock(shard.mutex);
    state::NamedClient& client = state::ClientTable::find_or_create_locked(shard, operation.client);
    const state::InFlight::Decision decision = in_flight_.admit(client, operation, lsn, oldest_us);
    if (outcomes != nullptr) outcomes->push_back(decision.outcome);
    if (i == 0) first_outcome = decision.outcome;
    covering = std::max(covering, decision.covering);
    if (decision.outcome != Outcome::kCommitted) continue;
    record_.operations.push_back({kind_of(operation), record_.keys.size(), deltas[i]});
    record_.keys.push_back(
        {operation.client, operation.producer, operation.id, expires(operation)});
  }
  return covering;
}

bool LogEngine::expires(const Operation& operation) const {
  // A clear's id guards the next life; it never expires.
  return config_.options.text_ids_kept_us > 0 && operation.id.is_text() &&
         operation.kind == Operation::Kind::kApply;
}

std::uint64_t LogEngine::oldest_id_us() const {
  const std::uint64_t kept_us = config_.options.text_ids_kept_us;
  const std::uint64_t wall_us = wall_us_.load(std::memory_order_relaxed);
  return kept_us == 0 || kept_us > wall_us ? 0 : wall_us - kept_us;
}

void LogEngine::throttle() {
  if (tail_.bytes() < config_.options.log_bytes_max || round_failing_) return;
  if (!config_.threaded) {
    do_chores_inline();
    return;
  }
  // A round is under way and takes well under a second. While rounds fail, for lack of space, going
  // on until there is none is better than stopping early.
  constexpr auto kPatience = std::chrono::milliseconds(500);
  std::unique_lock lock(throttle_mutex_);
  background_->note_activity();
  round_done_.wait_for(lock, kPatience,
                       [&] { return tail_.bytes() < config_.options.log_bytes_max; });
}

void LogEngine::kick() {
  {
    const auto lock = commit_->lock();
    commit_->kick_locked();
  }
}

Result<void> LogEngine::wait(Lsn lsn) {
  auto waited = commit_->wait(lsn);
  if (!config_.threaded) do_chores_inline();
  return waited;
}

}  // namespace seawall::engine
