#include "demo_broker.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seawall::cli {
namespace {

// Most deliveries not yet acknowledged: what brokers call prefetch.
constexpr std::size_t kPrefetch = 1000;

// How far a message, or its second delivery, may be late, in messages.
constexpr std::size_t kLateMax = 64;
constexpr std::size_t kSecondLateMax = 2000;

// One message in so many is delivered twice.
constexpr std::uint64_t kOneInTwice = 20;

}  // namespace

DemoBroker::DemoBroker(std::vector<std::string> messages, std::uint64_t seed)
    : messages_(std::move(messages)), random_(seed), committed_(messages_.size()) {
  std::vector<std::pair<std::size_t, std::size_t>> schedule;  // when, which
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    schedule.emplace_back(i + (random_() % kLateMax), i);
    if (random_() % kOneInTwice == 0) schedule.emplace_back(i + (random_() % kSecondLateMax), i);
  }
  std::ranges::sort(schedule);
  for (const auto& [when, message] : schedule) queue_.push_back(message);
  scheduled_ = queue_.size();
}

bool DemoBroker::has_next() const {
  return !queue_.empty() && unacknowledged_.size() < kPrefetch;
}

std::string_view DemoBroker::deliver() {
  const std::size_t message = queue_.front();
  queue_.pop_front();
  unacknowledged_.push_back(message);
  ++deliveries_;
  return messages_[message];
}

bool DemoBroker::acknowledge(std::uint64_t id, bool duplicate) {
  if (unacknowledged_.empty() || unacknowledged_.front() + 1 != id) return false;
  const std::size_t message = unacknowledged_.front();
  unacknowledged_.pop_front();
  ++acks_;
  if (duplicate) {
    ++duplicates_acked_;
    return true;
  }
  const bool first = !committed_[message];
  committed_[message] = true;
  return first;
}

void DemoBroker::consumer_died() {
  redelivered_ += unacknowledged_.size();
  std::ranges::shuffle(unacknowledged_, random_);
  queue_.insert(queue_.begin(), unacknowledged_.begin(), unacknowledged_.end());
  unacknowledged_.clear();
}

}  // namespace seawall::cli
