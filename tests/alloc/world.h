#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/storage_interface.h"

#include "alloc/caller.h"
#include "alloc/tested_log.h"
#include "crash/model.h"

namespace seawall::alloc {

/// What a log runs on.
struct Setting {
  const char* name;
  bool files = false;  ///< On real files, or in memory.
  bool threaded = false;
};
inline constexpr Setting kSettings[] = {{"inline, memory", false, false},
                                        {"inline, files", true, false},
                                        {"threads, memory", false, true},
                                        {"threads, files", true, true}};

[[nodiscard]] crash::ModelOperation apply(std::string client, BatchId id, std::string data,
                                          std::string producer = {});
[[nodiscard]] crash::ModelOperation clear(std::string client, BatchId id = {},
                                          bool keep_ids = false);

/// A log with something of everything in it, its caller, and what comes after a call failed: the
/// log goes on, is closed, opened again and compared.
class World {
 public:
  World(const Setting& setting, std::shared_ptr<const StateInterpreterInterface> interpreter,
        Caller::Refusals refusals);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Opens the log; whether that worked is said by `log`.
  void open();
  /// Opens it when it is not, then closes it and opens it again, so that nothing is in memory.
  void reopen();
  /// Makes the calls that give the log its content.
  void fill();
  /// Goes on, closes, opens again, compares, goes on once more. To be called when nothing fails.
  void finish();

  [[nodiscard]] TestedLog* log() { return log_.get(); }
  void drop_log() { log_.reset(); }
  [[nodiscard]] Caller& caller() { return caller_; }
  [[nodiscard]] const TestedLog::Place& place() const { return place_; }
  [[nodiscard]] VolumeName copy_name() const;
  [[nodiscard]] const std::shared_ptr<const StateInterpreterInterface>& interpreter() const {
    return interpreter_;
  }

  /// Takes a caller who called beside the own one; it is compared at the end as well.
  void adopt(std::unique_ptr<Caller> caller) { others_.push_back(std::move(caller)); }

  /// Notes what is wrong, the first only; and a refusal that was allowed.
  void expect(bool holds, const std::string& text);
  template <class T>
  void expect_refusal(const Result<T>& result, const std::string& call) {
    if (!result) expect(refusals_.contains(result.error().code), call + to_string(result.error()));
  }
  [[nodiscard]] std::string wrong() const;
  [[nodiscard]] bool was_poisoned() const { return was_poisoned_; }

 private:
  Caller::Refusals refusals_;
  std::string base_dir_;
  TestedLog::Place place_;
  std::shared_ptr<const StateInterpreterInterface> interpreter_;
  Caller caller_;
  std::unique_ptr<TestedLog> log_;
  std::vector<std::unique_ptr<Caller>> others_;
  std::string wrong_;
  bool was_poisoned_ = false;
  std::uint64_t next_id_ = 1'000;
};

}  // namespace seawall::alloc
