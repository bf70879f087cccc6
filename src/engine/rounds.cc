// LogEngine's chores: space, marks and checkpoint rounds.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "seawall/error.h"
#include "seawall/types.h"

#include "base/exceptions.h"
#include "checkpoint/entry.h"
#include "checkpoint/round.h"
#include "engine/log_engine.h"
#include "engine/user_code.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/entry_rule.h"
#include "state/named_client.h"

namespace seawall::engine {
namespace {

// After a round failed: tried again after a second, then after twice as long each time up to a
// minute, so that what will not go away (a full disk) does not keep the device busy.
constexpr std::uint64_t kRetryFirstUs = 1'000'000;
constexpr std::uint64_t kRetryMaxUs = 60 * kRetryFirstUs;

/// Says for as long as it lives that a round is under way.
class RoundFlag {
 public:
  explicit RoundFlag(std::atomic<bool>& in_round) : in_round_(in_round) { in_round_ = true; }
  ~RoundFlag() { in_round_ = false; }
  RoundFlag(const RoundFlag&) = delete;
  RoundFlag& operator=(const RoundFlag&) = delete;

 private:
  std::atomic<bool>& in_round_;
};

}  // namespace

void LogEngine::do_chores(std::uint64_t now_us) {
  // What a chore prepares for will say so when it is needed, unless the volume is at its end.
  static_cast<void>(volume_->maintain(now_us).has_value());
  hear_of_the_volume();
  if (now_us >= round_not_before_us_ && round_is_due()) {
    const bool done = run_round().has_value();
    round_retry_us_ = done ? 0 : std::clamp(2 * round_retry_us_, kRetryFirstUs, kRetryMaxUs);
    round_not_before_us_ = now_us + round_retry_us_;
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
  // One is under way, perhaps further up this thread's stack when there is no background thread.
  if (in_round_ || commit_->health()) return false;
  // Each round may rewrite more than the one before it, and gives more space back.
  if (is_short_of_space_) return true;
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
  bool outcome_unknown = false;
  {
    const std::scoped_lock lock(round_mutex_);
    const RoundFlag flag(in_round_);
    result = run_within_limits(outcome_unknown);
    is_short_of_space_ = !limits_.is_whole();
    round_failing_ = !result.has_value();
    if (result) round_not_before_us_ = 0;
    round_figures_.note(objects_,
                        result ? std::nullopt : std::optional(base::copy_of(result.error())));
  }
  {
    const std::scoped_lock lock(throttle_mutex_);
  }
  round_done_.notify_all();
  // Only the volume knows whether an error left the outcome of a write unknown (guarantee F1). What
  // ran short, and a former checkpoint that cannot be read, end nothing.
  if (outcome_unknown) {
    commit_->poison(result.error());
  } else if (!result) {
    hear_of_the_volume();
  }
  return result;
}

// Until a round has checkpointed all that changed: with less when there is no space for it, and
// with more again once a smaller round gave some back.
Result<void> LogEngine::run_within_limits(bool& outcome_unknown) {
  // Failures on the way: as it is, without rewriting, and two more with what smaller rounds gave
  // back. The next round goes on from there.
  constexpr int kFailuresMax = 4;
  Result<void> result;
  for (int failures = 0; failures < kFailuresMax;) {
    const bool is_complete = limits_.takes_lives();
    // A round allocates and calls the interpreter and the storage, any of which may throw. It has
    // failed then, and gave back its clients.
    result = base::catching([&] { return run_round_locked(outcome_unknown); });
    if (result) {
      limits_.grow();
      if (is_complete) return result;
      continue;
    }
    ++failures;
    if (result.error().code != Errc::kNoSpace || !limits_.shrink()) return result;
  }
  return result;
}

// The volume is at its end when a write's outcome is unknown or another owner took it over.
void LogEngine::hear_of_the_volume() {
  const Result<void> sound = volume_->health();
  // A volume that the log closed has not failed.
  if (!sound && sound.error().code != Errc::kClosed) commit_->poison(sound.error());
}

Result<void> LogEngine::run_round_locked(bool& outcome_unknown) {
  const Lsn durable = commit_->durable();
  table_.forget_due();
  // Looked at before the round takes the clients that changed: who was cleared is among them.
  if (quarantine_ && !quarantine_->unknown_clients && table_.quarantined_clients().empty()) {
    quarantine_.reset();
  }
  checkpoint::RoundContext context{.table = table_,
                                   .tail = tail_,
                                   .objects = objects_,
                                   .volume = *volume_,
                                   .interpreter_id = std::string(interpreter_->id()),
                                   .backlog = backlog_,
                                   .limits = limits_,
                                   .outcome_unknown = outcome_unknown,
                                   .quarantine = quarantine_};
  checkpoint::EntryWriter writer(
      table_, states_,
      {.interpreter = interpreter_->merges_in_background() ? interpreter_.get() : nullptr,
       .state_share = config_.options.checkpoint_state_share,
       .oldest_id_us = oldest_id_us()});
  checkpoint::Round round(context, writer);
  if (auto done = round.run(durable); !done) return done;
  if (limits_.takes_lives()) round_lsn_ = durable;
  ++rounds_;
  erase_forgotten(round.forgotten());
  return {};
}

// Some at a time, so that no caller waits for all of them to be destroyed.
void LogEngine::erase_forgotten(std::span<state::NamedClient* const> forgotten) {
  constexpr std::size_t kAtOnce = 64;
  if (forgotten.empty()) return;
  states_.sweep();
  while (!forgotten.empty()) {
    const auto some = forgotten.first(std::min(kAtOnce, forgotten.size()));
    forgotten = forgotten.subspan(some.size());
    // Holding admission keeps `in_flight` still and nobody from finding the client meanwhile.
    const auto admission = commit_->lock();
    for (const state::NamedClient* named : some) {
      state::ClientTable::Shard& shard = table_.shard_of(named->name());
      const std::scoped_lock lock(shard.mutex);
      const state::Client& client = named->state;
      const bool used = client.busy || client.merging || client.in_clock || client.waiting > 0 ||
                        client.in_flight > 0;
      if (!used && state::may_forget(client.entry_evidence(false), client.dirty)) {
        shard.clients.erase(*named);
      }
    }
  }
}

}  // namespace seawall::engine
