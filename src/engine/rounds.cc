// LogEngine's chores: space, marks and checkpoint rounds.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <mutex>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"

#include "base/exceptions.h"
#include "checkpoint/entry.h"
#include "checkpoint/round.h"
#include "engine/log_engine.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/named_client.h"

namespace seawall::engine {
namespace {

// After a round failed for lack of space.
constexpr std::uint64_t kRetryUs = 1'000'000;

bool stops_the_log(Errc code) {
  return code == Errc::kIo || code == Errc::kPoisoned || code == Errc::kFenced;
}

}  // namespace

void LogEngine::do_chores(std::uint64_t now_us) {
  // An error of a chore has harmed nothing: what it prepares for will say so when it is needed.
  static_cast<void>(volume_->maintain(now_us).has_value());
  if (now_us >= round_not_before_us_ && round_is_due()) {
    if (!run_round()) round_not_before_us_ = now_us + kRetryUs;
  }
  table_.destroy_ids();
  // Else a `retrieve` destroys them: an interpreter's code then runs in callers' threads only.
  if (interpreter_->merges_in_background()) table_.destroy_states();
}

void LogEngine::do_chores_inline() {
  // A third of the quiet after which marks are flushed, so that some calls find it has passed.
  constexpr std::uint64_t kStepUs = 40'000;
  inline_us_ += kStepUs;
  // As on the background thread: what throws has harmed nothing, least of all a commit before it.
  static_cast<void>(base::catching([&]() -> Result<void> {
                      do_chores(inline_us_);
                      return {};
                    }).has_value());
}

std::uint64_t LogEngine::due_bytes_wanted() const {
  // Rounds write many clients at a time; only "every 3, literally" starts one for a single client.
  constexpr std::size_t kLogShare = 4;
  if (config_.options.checkpoint_state_share <= 0) return 1;
  return std::max<std::uint64_t>(config_.options.log_bytes_max / kLogShare, 1);
}

bool LogEngine::round_is_due() {
  if (commit_->health()) return false;
  if (tail_.bytes() >= config_.options.log_bytes_max / 2) return true;
  if (table_.due_bytes() >= due_bytes_wanted()) return true;
  const std::scoped_lock lock(round_mutex_);
  return volume_->wants_checkpoint() && (rounds_ == 0 || round_lsn_ < commit_->durable());
}

Result<void> LogEngine::checkpoint() {
  if (auto admitted = admit(LogCall::kCheckpoint); !admitted) return admitted;
  if (const auto health = commit_->health()) return std::unexpected(*health);
  return run_round();
}

Result<void> LogEngine::run_round() {
  Result<void> result;
  {
    const std::scoped_lock lock(round_mutex_);
    const Lsn durable = commit_->durable();
    table_.forget_due();
    // Looked at before the round takes the clients that changed: who was cleared is among them.
    if (quarantine_ && !quarantine_->unknown_clients && table_.quarantined_clients().empty()) {
      quarantine_.reset();
    }
    checkpoint::RoundContext context{
        table_, tail_, objects_, *volume_, std::string(interpreter_->id()), orphans_, quarantine_};
    checkpoint::EntryWriter writer(
        table_, states_,
        {.interpreter = interpreter_->merges_in_background() ? interpreter_.get() : nullptr,
         .state_share = config_.options.checkpoint_state_share,
         .oldest_id_us = oldest_id_us()});
    checkpoint::Round round(context, writer);
    result = round.run(durable);
    round_error_.reset();
    round_failing_ = !result.has_value();
    if (result) {
      round_lsn_ = durable;
      ++rounds_;
      erase_forgotten(round.forgotten());
    } else {
      round_error_ = result.error();
    }
  }
  {
    const std::scoped_lock lock(throttle_mutex_);
  }
  round_done_.notify_all();
  // A full disk is no failure. Anything else means that the device or the log cannot be trusted
  // with more (guarantee F1); damage found in a former checkpoint stays readable as it is.
  if (!result && stops_the_log(result.error().code)) commit_->poison(result.error());
  return result;
}

void LogEngine::erase_forgotten(const std::vector<state::NamedClient*>& forgotten) {
  if (forgotten.empty()) return;
  states_.sweep();
  // Holding admission keeps `in_flight` still and nobody from finding the client meanwhile.
  const auto admission = commit_->lock();
  for (const state::NamedClient* named : forgotten) {
    state::ClientTable::Shard& shard = table_.shard_of(named->name());
    const std::scoped_lock lock(shard.mutex);
    const state::Client& client = named->state;
    const bool used = client.exists || client.ended || client.dirty || client.busy ||
                      client.merging || client.in_clock || client.waiting > 0 ||
                      client.in_flight > 0;
    if (!used) shard.clients.erase(*named);
  }
}

}  // namespace seawall::engine
