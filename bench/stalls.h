#pragma once

/// \file
/// A log with much in it, and what is large about it to do beside a writer.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

namespace seawall::bench {

/// How much of each there is.
struct StallSizes {
  std::size_t state_bytes = 0;
  std::size_t text_ids = 0;
  std::size_t clients = 0;
  std::size_t tail_deltas = 0;
};

/// One large thing to do.
struct Stall {
  std::string_view name;
  std::function<void()> prepare;  ///< Before it, beside nobody.
  std::function<void()> act;
};

/// The log, open in `dir`, and the stalls in the order in which they must be done. Rounds come when
/// a stall asks for one and at no other time. Used by one thread; `log()` by any.
class StallLog {
 public:
  StallLog(const std::string& dir, const StallSizes& sizes);
  StallLog(const StallLog&) = delete;
  StallLog& operator=(const StallLog&) = delete;
  ~StallLog() = default;

  [[nodiscard]] WriteAheadLog& log() { return *log_; }
  [[nodiscard]] std::vector<Stall> stalls();
  void close();

  /// Returns the longest call of `stats` while a round was under way, in milliseconds.
  [[nodiscard]] double longest_stats_ms() const { return longest_stats_ms_; }

 private:
  using Describe = std::function<Operation(std::size_t number, std::string& name)>;
  /// Commits `count` operations, many at a time. Each may keep its name or id in the string it
  /// gets.
  void commit_many(std::size_t count, const Describe& describe);
  void make_state();
  void make_tail();
  void make_clients();
  void make_ids();
  void clear_clients();
  void read_after_one_delta();
  void ask_stats_during_a_round();
  void read(std::string_view client, std::size_t bytes_min);

  StallSizes sizes_;
  std::unique_ptr<WriteAheadLog> log_;
  std::uint64_t tail_id_ = 0;
  double longest_stats_ms_ = 0;
};

}  // namespace seawall::bench
