#pragma once

/// \file
/// What every engine under measurement does. Errors end the benchmark (`fail`): a figure from an
/// engine that failed half-way is worth nothing.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "measure.h"

namespace seawall::bench {

/// One record: `value` becomes the client's state, once per id. Views stay valid until the record
/// is durable. Ids of a client rise from 1.
struct Write {
  std::string_view client;
  std::uint64_t id = 0;
  std::string_view value;
};

/// One producer with a window of records that are not yet known to be durable.
class Pipeline {
 public:
  Pipeline() = default;
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  virtual ~Pipeline() = default;

  /// Takes one record. Returns how many records, oldest first, became durable since the last call.
  virtual std::size_t push(const Write& write) = 0;
  /// Waits for the rest. Returns the same.
  virtual std::size_t drain() = 0;
};

/// How an engine is opened.
struct EngineOptions {
  /// False: `persist`, `write_batch` and pipelines return once the engine has the records; nobody
  /// waits for a flush.
  bool flushes = true;
  /// False: the engine keeps as little of the states in memory as it can be told to.
  bool caches = true;
  /// False: no checkpoints. Only Seawall has the choice.
  bool checkpoints = true;
  /// Not 0: a client's state is that many entries (entry_state.h), a value is a delta to one.
  std::size_t entries = 0;
};

/// An engine. `persist`, `write_batch` and `retrieve` may be called from several threads at once,
/// each of which then has clients of its own.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  /// Opens or creates the engine's files in the existing directory `dir`.
  virtual void open(const std::string& dir, const EngineOptions& options) = 0;
  /// Durable on return, unless the options say otherwise.
  virtual void persist(const Write& write) = 0;
  /// All durable on return, in one write of the engine.
  virtual void write_batch(std::span<const Write> writes) = 0;
  [[nodiscard]] virtual std::optional<std::string> retrieve(std::string_view client) = 0;
  /// Brings everything written to where it stays: checkpoint, sorted table.
  virtual void settle() {}
  virtual void close() = 0;

  /// Returns figures that only the engine itself knows.
  [[nodiscard]] virtual Figures figures() { return {}; }

  /// A window of `in_flight` records; unless overridden, batches of that many.
  [[nodiscard]] virtual std::unique_ptr<Pipeline> pipeline(std::size_t in_flight);
};

/// Prints `what` and ends the process.
[[noreturn]] void fail(std::string_view what);

}  // namespace seawall::bench
