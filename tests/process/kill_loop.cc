#include "process/kill_loop.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>
#include <unistd.h>

#include "seawall/error.h"
#include "seawall/types.h"

#include "process/child.h"
#include "process/kill_log.h"
#include "process/kill_model.h"
#include "process/kill_writer.h"

namespace seawall::process {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kClients = 12;
constexpr std::size_t kNewCallsPerLife = 160;
constexpr std::size_t kRepeatedPerLife = 24;
constexpr std::uint64_t kLivesPerGeneration = 20;
/// About as long as a life takes that nobody kills.
constexpr std::uint64_t kKillWithinUs = 30'000;

}  // namespace

KillLoop::KillLoop(std::string base_dir, std::uint64_t seed, WriterFault fault)
    : base_dir_(std::move(base_dir)), random_(seed), fault_(fault) {}

/// Ends the lives of a generation of clients, so that a long run does not get slower and slower.
void KillLoop::renew_clients() {
  for (const std::string& client : clients_) model_.clears[client] = {};
  clients_.clear();
  for (std::size_t i = 0; i < kClients; ++i) {
    clients_.push_back("client-" + std::to_string(lives_) + "-" + std::to_string(i));
  }
  model_.calls.clear();
  open_calls_.clear();
  acked_calls_.clear();
}

std::size_t KillLoop::new_call() {
  constexpr std::uint64_t kBatchEvery = 8;
  const std::size_t count = below(kBatchEvery) == 0 ? 2 + below(2) : 1;
  Call call;
  while (call.clients.size() < count) {
    const std::string& client = clients_[below(clients_.size())];
    if (std::ranges::count(call.clients, client) == 0) call.clients.push_back(client);
  }
  const std::size_t number = next_call_++;
  model_.calls.emplace(number, std::move(call));
  return number;
}

void KillLoop::deal(std::size_t call, WriterPlan& plan) {
  plan.calls.at(below(kWriterThreads)).push_back(call);
  ++deliveries_[call];
}

/// Everything unacknowledged, new calls, and duplicates on purpose: of acknowledged calls, and of
/// calls another thread is making at the same time.
WriterPlan KillLoop::make_plan() {
  constexpr std::uint64_t kTwiceEvery = 10;
  if (lives_ % kLivesPerGeneration == 0) renew_clients();
  std::vector<std::size_t> calls = open_calls_;
  for (std::size_t i = 0; i < kNewCallsPerLife; ++i) {
    calls.push_back(new_call());
    open_calls_.push_back(calls.back());
  }
  for (std::size_t i = 0; i < kRepeatedPerLife && !acked_calls_.empty(); ++i) {
    calls.push_back(acked_calls_[below(acked_calls_.size())]);
  }
  std::ranges::shuffle(calls, random_);
  deliveries_.clear();
  WriterPlan plan{.base_dir = base_dir_, .calls = {}, .clears = {}, .fault = fault_};
  for (const std::size_t call : calls) {
    deal(call, plan);
    if (below(kTwiceEvery) == 0) deal(call, plan);
  }
  for (const auto& [client, clear] : model_.clears) {
    if (!clear.acked) plan.clears.push_back(client);
  }
  return plan;
}

std::string KillLoop::take(const Ack& ack) {
  ++acks_in_life_;
  if (ack.number == Ack::kOpened) {
    opened_ = true;
    opened_in_life_ = true;
    return "";
  }
  ++acks_;
  if ((ack.number & Ack::kClear) != 0) {
    model_.clears[plan_.clears.at(ack.number & ~Ack::kClear)].acked = true;
    return "";
  }
  const auto outcome = static_cast<Outcome>(ack.outcome);
  if (outcome == Outcome::kDuplicate) ++duplicates_;
  return model_.take_ack(ack.number, outcome, Lsn{ack.lsn}, deliveries_[ack.number]);
}

std::string KillLoop::read_acks(const Pipe& pipe, const Child& writer) {
  // Half of the lives end at some time, which is often within `open`; half after some ack.
  const bool by_acks = below(2) == 0;
  const std::uint64_t acks_until_kill = by_acks ? 1 + below(2 * kNewCallsPerLife) : UINT64_MAX;
  const auto kill_at =
      Clock::now() + std::chrono::microseconds(by_acks ? 10 * kKillWithinUs : below(kKillWithinUs));
  acks_in_life_ = 0;
  bool killed = false;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::microseconds>(kill_at - Clock::now()).count();
    if (!killed && (left <= 0 || acks_in_life_ >= acks_until_kill)) {
      writer.kill();
      killed = true;
    }
    const timespec wait{.tv_sec = 0, .tv_nsec = std::max<std::int64_t>(left, 1) * 1000};
    pollfd readable{.fd = pipe.reader(), .events = POLLIN, .revents = 0};
    if (::ppoll(&readable, 1, killed ? nullptr : &wait, nullptr) <= 0) continue;
    Ack ack;
    const ssize_t got = ::read(pipe.reader(), &ack, sizeof ack);
    if (got == 0) return "";
    if (got != ssize_t{sizeof ack}) return "half an acknowledgement";
    if (std::string fault = take(ack); !fault.empty()) return fault;
  }
}

std::string KillLoop::check_ending(const Ending& ending) const {
  if (ending.killed && ending.code == SIGKILL) return "";
  if (!ending.killed && ending.code == static_cast<int>(WriterExit::kDone)) return "";
  return (ending.killed ? "the writer died of signal " : "the writer failed with code ") +
         std::to_string(ending.code);
}

std::string KillLoop::look() {
  const auto view = read_small(base_dir_);
  if (!view && view.error().code == Errc::kNotFound) {
    return opened_ ? "the log was open and is not found" : "";
  }
  if (!view) return to_string(view.error());
  if (std::string fault = model_.check(**view); !fault.empty()) return fault;
  std::erase_if(open_calls_, [&](std::size_t number) {
    const Call& call = model_.calls.at(number);
    if (call.acked) acked_calls_.push_back(number);
    if (!call.acked && call.found) ++rescued_;
    return call.acked;
  });
  return "";
}

std::string KillLoop::run_life() {
  plan_ = make_plan();
  opened_in_life_ = false;
  Pipe pipe;
  Child writer([&] {
    pipe.close_reader();
    return static_cast<int>(run_writer(plan_, model_, pipe.writer()));
  });
  pipe.close_writer();
  std::string fault = read_acks(pipe, writer);
  if (!fault.empty()) return fault;
  const Ending ending = writer.wait();
  ++lives_;
  if (ending.killed) ++kills_;
  if (ending.killed && !opened_in_life_) ++kills_in_open_;
  fault = check_ending(ending);
  return fault.empty() ? look() : fault;
}

std::string KillLoop::figures() const {
  return std::to_string(lives_) + " lives, " + std::to_string(kills_) + " killed (" +
         std::to_string(kills_in_open_) + " while opening), " + std::to_string(acks_) +
         " acknowledged, " + std::to_string(duplicates_) + " duplicates recognised, " +
         std::to_string(rescued_) + " unacknowledged ones recovered whole";
}

}  // namespace seawall::process
