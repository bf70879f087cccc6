#include "stalls.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/options.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "engine.h"
#include "interpreters.h"
#include "measure.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kDeltaBytes = std::size_t{1} << 20;
constexpr std::size_t kSmallDeltaBytes = 100;
constexpr std::size_t kOperationsAtOnce = 2'000;
constexpr int kReads = 3;
constexpr double kNsPerMs = 1e6;

template <class T>
T must(Result<T> result) {
  if (!result) fail("stall: " + to_string(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Rounds only when they are asked for: what is measured must not depend on the moment of one.
Options options_without_rounds() {
  Options options;
  options.log_bytes_max = std::numeric_limits<std::size_t>::max();
  options.checkpoint_every_records = std::numeric_limits<std::uint32_t>::max();
  options.live_state_bytes_max = std::size_t{1} << 30;
  return options;
}

std::string client_name(std::size_t number) {
  return fmt::format("client-{:07}", number);
}

}  // namespace

StallLog::StallLog(const std::string& dir, const StallSizes& sizes)
    : sizes_(sizes),
      log_(
          must(WriteAheadLog::open(make_append_interpreter(), std::make_shared<FileSystemStorage>(),
                                   "stall", dir, options_without_rounds()))) {}

std::vector<Stall> StallLog::stalls() {
  const auto nothing = [] {};
  const auto round = [this] { must(log_->checkpoint()); };
  return {
      {"read_state", [this] { make_state(); },
       [this] {
         for (int i = 0; i < kReads; ++i) read("large", sizes_.state_bytes);
       }},
      {"read_tail", [this] { make_tail(); }, [this] { read_after_one_delta(); }},
      {"clients", [this] { make_clients(); },
       [this] {
         for (int i = 0; i < kReads; ++i) {
           if (log_->clients().size() < sizes_.clients) fail("stall: clients are missing");
         }
       }},
      {"stats_in_round", nothing, [this] { ask_stats_during_a_round(); }},
      {"encode_ids", [this] { make_ids(); }, round},
      {"clear_ids", nothing, [this] { must(log_->clear("ids")); }},
      // The second round is the one that may forget what the first has written.
      {"forget_clients", [this] { clear_clients(); },
       [round] {
         round();
         round();
       }},
  };
}

void StallLog::close() {
  must(log_->close());
}

void StallLog::commit_many(std::size_t count, const Describe& describe) {
  for (std::size_t begin = 0; begin < count; begin += kOperationsAtOnce) {
    const std::size_t end = std::min(count, begin + kOperationsAtOnce);
    std::vector<std::string> names(end - begin);
    std::vector<Operation> operations;
    operations.reserve(names.size());
    for (std::size_t i = begin; i < end; ++i) operations.push_back(describe(i, names[i - begin]));
    must(log_->batch(operations));
  }
}

void StallLog::make_state() {
  const std::string delta(kDeltaBytes, 'x');
  std::uint64_t id = 0;
  for (std::size_t bytes = 0; bytes < sizes_.state_bytes; bytes += delta.size()) {
    must(log_->persist("large", delta, ++id));
  }
  read("large", sizes_.state_bytes);
}

void StallLog::make_tail() {
  const std::string delta(kSmallDeltaBytes, 'x');
  commit_many(sizes_.tail_deltas, [&](std::size_t, std::string&) {
    return Operation{.client = "tail", .id = ++tail_id_, .producer = {}, .data = delta};
  });
  read("tail", sizes_.tail_deltas * delta.size());
}

void StallLog::make_clients() {
  commit_many(sizes_.clients, [](std::size_t number, std::string& name) {
    name = client_name(number);
    return Operation{.client = name, .id = 1, .producer = {}, .data = "x"};
  });
}

void StallLog::make_ids() {
  commit_many(sizes_.text_ids, [](std::size_t number, std::string& name) {
    name = fmt::format("order/{:08}", number);
    return Operation{.client = "ids", .id = name, .producer = {}, .data = "x"};
  });
}

void StallLog::clear_clients() {
  commit_many(sizes_.clients, [](std::size_t number, std::string& name) {
    name = client_name(number);
    return Operation{
        .kind = Operation::Kind::kClear, .client = name, .id = {}, .producer = {}, .data = {}};
  });
}

void StallLog::read(std::string_view client, std::size_t bytes_min) {
  const std::optional<std::string> state = must(log_->retrieve(client));
  if (!state || state->size() < bytes_min) fail("stall: a state is not what was written");
}

void StallLog::read_after_one_delta() {
  constexpr int kTimes = 10;
  for (int i = 0; i < kTimes; ++i) {
    must(log_->persist("tail", "x", ++tail_id_));
    read("tail", sizes_.tail_deltas * kSmallDeltaBytes);
  }
}

void StallLog::ask_stats_during_a_round() {
  constexpr std::chrono::milliseconds kBetween{1};
  std::atomic<bool> over = false;
  const std::jthread round([&] {
    must(log_->checkpoint());
    over = true;
  });
  while (!over) {
    const std::uint64_t begin_ns = now_ns();
    static_cast<void>(log_->stats());
    const double took_ms = static_cast<double>(now_ns() - begin_ns) / kNsPerMs;
    longest_stats_ms_ = std::max(longest_stats_ms_, took_ms);
    std::this_thread::sleep_for(kBetween);
  }
}

}  // namespace seawall::bench
