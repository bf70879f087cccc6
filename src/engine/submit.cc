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

#include "base/exceptions.h"
#include "commit/group_commit.h"
#include "engine/draft.h"
#include "engine/log_engine.h"
#include "engine/rebuild.h"
#include "engine/user_code.h"
#include "state/client_table.h"
#include "state/in_flight.h"
#include "state/named_client.h"

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

Result<void> check(std::span<const Operation> operations) {
  if (operations.empty()) return std::unexpected(invalid("a batch without operations"));
  for (const Operation& operation : operations) {
    if (auto checked = check_operation(operation); !checked) return checked;
  }
  if (operations.size() > 1) return check_keys_differ(operations);
  return {};
}

void count_outcomes(std::span<const Outcome> outcomes, ManyTicket& run) {
  for (const Outcome outcome : outcomes) {
    switch (outcome) {
      case Outcome::kCommitted:
        ++run.committed;
        break;
      case Outcome::kDuplicate:
        ++run.duplicate;
        break;
      case Outcome::kCleared:
        ++run.cleared;
        break;
    }
  }
}

// Tells the commit thread when it goes, whatever ends the submitting: memory may run out too.
class KickAtEnd {
 public:
  explicit KickAtEnd(commit::GroupCommit& commit) : commit_(commit) {}
  KickAtEnd(const KickAtEnd&) = delete;
  KickAtEnd& operator=(const KickAtEnd&) = delete;
  ~KickAtEnd() {
    const auto lock = commit_.lock();
    commit_.kick_locked();
  }

 private:
  commit::GroupCommit& commit_;
};

/// Takes back what a call registered with its LSN, unless it was decided whole: ids that are
/// registered and never committed would make a redelivery a duplicate of nothing.
class RollBack {
 public:
  RollBack(state::InFlight& in_flight, Lsn lsn) : in_flight_(in_flight), lsn_(lsn) {}
  RollBack(const RollBack&) = delete;
  RollBack& operator=(const RollBack&) = delete;
  ~RollBack() {
    if (armed_) in_flight_.roll_back(lsn_);
  }
  [[nodiscard]] Lsn lsn() const { return lsn_; }
  void dismiss() { armed_ = false; }

 private:
  state::InFlight& in_flight_;
  Lsn lsn_;
  bool armed_ = true;
};

}  // namespace

Result<void> LogEngine::prepare(std::span<const Operation> operations, Draft& draft) {
  if (auto checked = check(operations); !checked) return checked;
  if (auto checked = check_quarantine(operations); !checked) return checked;
  if (auto formatted = format_all(operations, draft); !formatted) return formatted;
  const bool text_ids_expire = config_.options.text_ids_kept_us > 0;
  return draft.encode(operations, interpreter_->version(), text_ids_expire);
}

Result<void> LogEngine::check_quarantine(std::span<const Operation> operations) {
  if (!has_quarantine_) return {};
  for (const Operation& operation : operations) {
    const bool is_decision = operation.kind == Operation::Kind::kClear && operation.id.is_none();
    if (is_decision || !table_.is_quarantined(operation.client)) continue;
    return std::unexpected(quarantined_error(operation.client));
  }
  return {};
}

Result<void> LogEngine::format_all(std::span<const Operation> operations, Draft& draft) const {
  std::size_t bytes = 0;
  for (const Operation& operation : operations) {
    bytes += operation.client.size() + operation.producer.size() + operation.id.text().size();
    if (operation.kind == Operation::Kind::kClear) {
      draft.deltas.emplace_back();
      continue;
    }
    auto delta = interpreter_->format(operation.data);
    if (!delta) return std::unexpected(std::move(delta.error()));
    bytes += delta->size();
    draft.deltas.push_back(std::move(*delta));
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
  DraftLease draft;
  if (auto prepared = prepare(operations, *draft); !prepared) {
    return std::unexpected(std::move(prepared.error()));
  }
  throttle();
  auto lock = commit_->lock();
  auto ticket = enqueue_locked(lock, operations, *draft, outcomes);
  if (ticket) commit_->kick_locked();
  return ticket;
}

ManyTicket LogEngine::submit_many(std::span<const std::span<const Operation>> transactions) {
  ManyTicket run;
  throttle();
  const KickAtEnd kick(*commit_);
  for (const std::span<const Operation> operations : transactions) {
    auto ticket = base::catching([&]() -> Result<Ticket> {
      DraftLease draft;
      if (auto prepared = prepare(operations, *draft); !prepared) {
        return std::unexpected(std::move(prepared.error()));
      }
      auto lock = commit_->lock();
      auto enqueued = enqueue_locked(lock, operations, *draft, nullptr);
      lock.unlock();
      if (enqueued) count_outcomes((*draft).outcomes, run);
      return enqueued;
    });
    if (!ticket) {
      run.refusal = std::move(ticket.error());
      break;
    }
    run.lsn = std::max(run.lsn, ticket->lsn);
    ++run.accepted;
  }
  return run;
}

Result<Ticket> LogEngine::commit(std::span<const Operation> operations,
                                 std::vector<Outcome>* outcomes) {
  if (auto admitted = UserCode::admit(interpreter_.get(), LogCall::kWait); !admitted) {
    return std::unexpected(std::move(admitted.error()));
  }
  DraftLease draft;
  if (auto prepared = prepare(operations, *draft); !prepared) {
    return std::unexpected(std::move(prepared.error()));
  }
  throttle();
  auto lock = commit_->lock();
  auto ticket = enqueue_locked(lock, operations, *draft, outcomes);
  if (!ticket) return ticket;
  auto waited = commit_->wait_locked(std::move(lock), ticket->lsn);
  if (!config_.threaded) do_chores_inline();
  if (!waited) return std::unexpected(std::move(waited.error()));
  return ticket;
}

Result<Ticket> LogEngine::enqueue_locked(std::unique_lock<std::mutex>& lock,
                                         std::span<const Operation> operations, Draft& draft,
                                         std::vector<Outcome>* outcomes) {
  if (outcomes != nullptr) outcomes->reserve(operations.size());
  for (;;) {
    auto admitted = commit_->admit_locked(lock, draft.frame().size());
    if (!admitted) return std::unexpected(std::move(admitted.error()));
    if (*admitted) break;
  }
  commit_->reserve_locked(draft.frame().size());
  Ticket ticket;
  ticket.lsn = decide_locked(operations, draft);
  // What was decided is registered; from here to its LSN nothing throws.
  ticket.outcome = draft.outcomes.front();
  if (outcomes != nullptr) outcomes->assign(draft.outcomes.begin(), draft.outcomes.end());
  const auto committed = std::ranges::count(draft.outcomes, Outcome::kCommitted);
  if (committed == 0) {
    ticket.lsn = std::max(ticket.lsn, commit_->durable());
    return ticket;
  }
  if (std::cmp_less(committed, operations.size())) draft.keep_committed();
  ticket.lsn = commit_->enqueue_locked(draft.frame());
  return ticket;
}

Lsn LogEngine::decide_locked(std::span<const Operation> operations, Draft& draft) {
  const std::uint64_t oldest_us = oldest_id_us();
  Lsn covering;
  RollBack undo(in_flight_, commit_->next_locked());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const state::ClientTable::Name& name = draft.name(i);
    state::ClientTable::Shard& shard = table_.shard_of(name);
    const std::scoped_lock shard_lock(shard.mutex);
    state::NamedClient& client = state::ClientTable::find_or_create_locked(shard, name);
    const state::InFlight::Decision decision =
        in_flight_.admit({&shard, &client}, operations[i], undo.lsn(), oldest_us);
    draft.outcomes.push_back(decision.outcome);
    covering = std::max(covering, decision.covering);
  }
  undo.dismiss();
  return covering;
}

bool LogEngine::retire_locked(Lsn durable) noexcept {
  // About ten microseconds; callers come in between.
  constexpr std::size_t kEntriesAtOnce = 256;
  return in_flight_.retire(durable, kEntriesAtOnce);
}

std::uint64_t LogEngine::oldest_id_us() const {
  const std::uint64_t kept_us = config_.options.text_ids_kept_us;
  const std::uint64_t now_us = retention_us_.load(std::memory_order_relaxed);
  return kept_us == 0 || kept_us > now_us ? 0 : now_us - kept_us;
}

void LogEngine::throttle() {
  if (tail_.bytes() < config_.options.log_bytes_max || round_failing_ || closed_) return;
  // The user's code may hold up, or be, the very round that would be waited for.
  if (UserCode::runs_for(interpreter_.get())) return;
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

Result<void> LogEngine::wait(Lsn lsn) {
  if (lsn <= commit_->durable()) return {};
  if (auto admitted = UserCode::admit(interpreter_.get(), LogCall::kWait); !admitted) {
    return admitted;
  }
  auto waited = commit_->wait(lsn);
  if (!config_.threaded) do_chores_inline();
  return waited;
}

}  // namespace seawall::engine
