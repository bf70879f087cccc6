#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::cli {

/// Plays a message broker that delivers at least once: out of order within bounds, 5 % twice, and
/// whatever was not acknowledged again after the consumer's death. All of it follows from the seed
/// and from when the consumer died.
class DemoBroker {
 public:
  /// `messages[i]` is the message with id i + 1.
  DemoBroker(std::vector<std::string> messages, std::uint64_t seed);

  /// Returns whether there is a message to deliver now.
  [[nodiscard]] bool has_next() const;

  /// Returns the next delivery, borrowed.
  std::string_view deliver();

  /// Takes the ack of the oldest unacknowledged delivery; returns false when it is not the ack of
  /// that message, or says "committed" of a message for the second time.
  [[nodiscard]] bool acknowledge(std::uint64_t id, bool duplicate);

  /// Puts every unacknowledged delivery back, in another order.
  void consumer_died();

  [[nodiscard]] bool done() const { return queue_.empty() && unacknowledged_.empty(); }
  [[nodiscard]] std::size_t scheduled() const { return scheduled_; }
  [[nodiscard]] std::uint64_t deliveries() const { return deliveries_; }
  [[nodiscard]] std::uint64_t acks() const { return acks_; }
  [[nodiscard]] std::uint64_t duplicates_acked() const { return duplicates_acked_; }
  [[nodiscard]] std::uint64_t redelivered() const { return redelivered_; }

 private:
  std::vector<std::string> messages_;
  std::mt19937_64 random_;
  std::deque<std::size_t> queue_;
  std::deque<std::size_t> unacknowledged_;
  std::vector<bool> committed_;
  std::size_t scheduled_ = 0;
  std::uint64_t deliveries_ = 0;
  std::uint64_t acks_ = 0;
  std::uint64_t duplicates_acked_ = 0;
  std::uint64_t redelivered_ = 0;
};

}  // namespace seawall::cli
