#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "process/child.h"
#include "process/kill_model.h"
#include "process/kill_writer.h"

namespace seawall::process {

/// Lives of a writer, each killed at a random moment and followed by a look at what is left.
class KillLoop {
 public:
  KillLoop(std::string base_dir, std::uint64_t seed, WriterFault fault = WriterFault::kNone);

  /// Runs one life; returns what is wrong with what it left, or nothing.
  [[nodiscard]] std::string run_life();

  /// What happened so far, as one line.
  [[nodiscard]] std::string figures() const;

  [[nodiscard]] std::uint64_t kills() const { return kills_; }
  [[nodiscard]] std::uint64_t acks() const { return acks_; }
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }
  [[nodiscard]] std::uint64_t rescued() const { return rescued_; }

 private:
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  void renew_clients();
  [[nodiscard]] std::size_t new_call();
  [[nodiscard]] WriterPlan make_plan();
  void deal(std::size_t call, WriterPlan& plan);
  /// Reads acknowledgements until it is time to kill `writer`, kills it, and reads the rest.
  [[nodiscard]] std::string read_acks(const Pipe& pipe, const Child& writer);
  [[nodiscard]] std::string take(const struct Ack& ack);
  [[nodiscard]] std::string check_ending(const Ending& ending) const;
  [[nodiscard]] std::string look();

  std::string base_dir_;
  std::mt19937_64 random_;
  WriterFault fault_;
  KillModel model_;
  std::vector<std::string> clients_;     ///< Of the current generation.
  std::vector<std::size_t> open_calls_;  ///< Of that generation, not acknowledged.
  std::vector<std::size_t> acked_calls_;
  std::map<std::size_t, std::size_t> deliveries_;  ///< By call, in this life.
  std::size_t next_call_ = 0;
  WriterPlan plan_;
  bool opened_ = false;  ///< Some life has opened the log.
  std::uint64_t lives_ = 0;
  std::uint64_t kills_ = 0;
  std::uint64_t kills_in_open_ = 0;
  std::uint64_t acks_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t rescued_ = 0;  ///< Calls recovered though never acknowledged in their life.
  std::uint64_t acks_in_life_ = 0;
  bool opened_in_life_ = false;
};

}  // namespace seawall::process
