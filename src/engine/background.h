#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace seawall::engine {

/// What the background thread does.
class Chores {
 public:
  Chores() = default;
  Chores(const Chores&) = delete;
  Chores& operator=(const Chores&) = delete;
  virtual ~Chores() = default;
  virtual void do_chores(std::uint64_t now_us) = 0;
};

/// A thread that does chores every 10 ms while there is activity and sleeps when it is quiet, so
/// that a commit need not wake it.
class Background {
 public:
  explicit Background(Chores& chores);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Ends the thread; from here on activity is of no interest to anybody. Called once at most.
  void stop();

  /// Notes activity; wakes the thread only when it sleeps for good.
  void note_activity();

 private:
  void run();

  Chores& chores_;
  std::atomic<std::uint32_t> word_ = 0;
  std::atomic<bool> active_ = true;
  std::atomic<bool> asleep_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace seawall::engine
