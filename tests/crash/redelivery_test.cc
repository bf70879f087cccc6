// A broker that delivers at least once, in any order, over producers, text and integer ids, to a
// consumer that is killed, loses power and takes checkpoints wherever rapidcheck likes. Whatever
// was delivered: each message is applied once, and everything is applied in the end.
//
// A failure prints RC_PARAMS, which replays it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "seawall/error.h"
#include "seawall/types.h"

#include "crash/list_interpreter.h"
#include "crash/model.h"
#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::crash {
namespace {

struct Message {
  std::string client;
  std::string producer;
  BatchId id;
  std::string data;
};

std::vector<Message> all_messages() {
  std::vector<Message> messages;
  for (const std::string client : {"a", "b"}) {
    for (const std::string producer : {"", "p", "q"}) {
      for (std::uint64_t id = 0; id < 6; ++id) {
        messages.push_back({client, producer, id, {}});
        messages.push_back({client, producer, "text-" + std::to_string(id), {}});
      }
    }
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    messages[i].data = std::to_string(i) + std::string(i % 7 * 20, '.') + ";";
  }
  return messages;
}

/// What happens between two deliveries.
enum class Event : std::uint8_t { kDeliver, kWait, kCheckpoint, kKill, kPowerCut };

class Consumer {
 public:
  explicit Consumer(std::uint64_t seed)
      : machine_(std::make_shared<storage::SimulatedFileSystem>(seed)) {
    open();
  }

  void deliver(const Message& message) {
    const Operation operation{.client = message.client,
                              .id = message.id,
                              .producer = message.producer,
                              .data = message.data};
    const auto ticket = log_->submit({&operation, 1}, nullptr);
    RC_ASSERT(ticket.has_value());
    last_ = std::max(last_, ticket->lsn);
  }

  void wait() { RC_ASSERT(log_->wait(last_).has_value()); }

  void happen(Event event, std::uint64_t salt) {
    if (event == Event::kWait) wait();
    if (event == Event::kCheckpoint) RC_ASSERT(log_->checkpoint().has_value());
    if (event != Event::kKill && event != Event::kPowerCut) return;
    machine_->kill_process();
    log_.reset();
    if (event == Event::kPowerCut) {
      machine_->power_cut(
          storage::kPowerSafeSurvivors[salt % std::size(storage::kPowerSafeSurvivors)], salt);
    }
    open();
  }

  /// Checks that the state is every message of `messages` that is in the dedup sets, once.
  void check(const std::vector<Message>& messages, bool all) {
    for (const std::string client : {"a", "b"}) {
      const auto state = log_->retrieve(client);
      RC_ASSERT(state.has_value());
      const std::string text = state->value_or("");
      std::size_t bytes = 0;
      for (const Message& message : messages) {
        if (message.client != client) continue;
        const auto answer = log_->seen(client, message.id, message.producer);
        RC_ASSERT(answer.has_value());
        const bool seen = *answer;
        RC_ASSERT(seen || !all);
        const bool applied = (";" + text).find(";" + message.data) != std::string::npos;
        RC_ASSERT(applied == seen);
        if (seen) bytes += message.data.size();
      }
      RC_ASSERT(bytes == text.size());
    }
  }

 private:
  void open() {
    engine::EngineConfig config;
    config.threaded = false;
    config.options.log_bytes_max = 6 << 10;
    auto opened = engine::LogEngine::open(
        std::make_shared<ListInterpreter>(true),
        storage::make_file_storage(
            machine_,
            {.segment_bytes_min = 8 << 10, .segment_bytes_max = 16 << 10, .group_align_bytes = 64}),
        {"/base", "log"}, config);
    RC_ASSERT(opened.has_value());
    log_ = std::move(*opened);
    last_ = log_->durable_lsn();
  }

  std::shared_ptr<storage::SimulatedFileSystem> machine_;
  std::unique_ptr<engine::LogEngine> log_;
  Lsn last_;
};

TEST(Redelivery, ShuffledIdsOfSeveralProducersAreExactThroughCrashes) {
  const std::vector<Message> messages = all_messages();
  const bool held = rc::check([&](std::uint64_t seed) {
    const auto order = *rc::gen::container<std::vector<std::size_t>>(
        rc::gen::inRange<std::size_t>(0, messages.size()));
    const auto events = *rc::gen::container<std::vector<Event>>(
        order.size(), rc::gen::weightedElement<Event>({{12, Event::kDeliver},
                                                       {6, Event::kWait},
                                                       {2, Event::kCheckpoint},
                                                       {1, Event::kKill},
                                                       {1, Event::kPowerCut}}));
    Consumer consumer(seed);
    for (std::size_t i = 0; i < order.size(); ++i) {
      consumer.deliver(messages[order[i]]);
      consumer.happen(events[i], seed + i);
    }
    consumer.check(messages, false);
    // The broker delivers everything once more, from the end and from the front.
    for (std::size_t i = 0; i < messages.size(); ++i) {
      consumer.deliver(messages[messages.size() - 1 - i]);
      consumer.deliver(messages[i]);
    }
    consumer.wait();
    consumer.happen(Event::kPowerCut, seed);
    consumer.check(messages, true);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace seawall::crash
