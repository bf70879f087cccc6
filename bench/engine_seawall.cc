#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/options.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "engine.h"
#include "engine_list.h"
#include "interpreters.h"

namespace seawall::bench {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) fail("seawall: " + to_string(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// A first delivery must be applied: a duplicate here is a benchmark that measures nothing.
void must_commit(Outcome outcome) {
  if (outcome != Outcome::kCommitted) fail("seawall: a first delivery was not committed");
}

constexpr std::size_t kUnflushedRecords = 32'768;  // half of what the log admits

class SeawallPipeline final : public Pipeline {
 public:
  SeawallPipeline(WriteAheadLog& log, std::size_t in_flight) : log_(log), in_flight_(in_flight) {}

  std::size_t push(const Write& write) override {
    const Ticket ticket = must(log_.submit(write.client, write.value, write.id));
    must_commit(ticket.outcome);
    waiting_.push_back(ticket.lsn);
    if (waiting_.size() < in_flight_) return 0;
    must(log_.wait(waiting_.front()));
    return take_durable();
  }

  std::size_t drain() override {
    if (waiting_.empty()) return 0;
    must(log_.wait(waiting_.back()));
    return take_durable();
  }

 private:
  std::size_t take_durable() {
    const Lsn durable = log_.durable_lsn();
    std::size_t taken = 0;
    for (; !waiting_.empty() && waiting_.front() <= durable; ++taken) waiting_.pop_front();
    return taken;
  }

  WriteAheadLog& log_;
  std::size_t in_flight_;
  std::deque<Lsn> waiting_;
};

/// A log that never checkpoints: one segment holds all that a benchmark writes.
FileSystemStorageOptions one_large_segment() {
  constexpr std::uint64_t kSegmentBytes = std::uint64_t{512} << 20;
  return {.segment_bytes_min = kSegmentBytes, .segment_bytes_max = kSegmentBytes};
}

Options options_of(const EngineOptions& wanted) {
  Options options;
  if (!wanted.caches) options.live_state_bytes_max = 1;
  if (!wanted.checkpoints) {
    options.log_bytes_max = std::numeric_limits<std::size_t>::max();
    options.checkpoint_every_records = std::numeric_limits<std::uint32_t>::max();
  }
  return options;
}

class SeawallEngine final : public Engine {
 public:
  void open(const std::string& dir, const EngineOptions& options) override {
    flushes_ = options.flushes;
    log_ = must(WriteAheadLog::open(
        options.entries == 0 ? make_last_interpreter() : make_entry_interpreter(),
        std::make_shared<FileSystemStorage>(options.checkpoints ? FileSystemStorageOptions{}
                                                                : one_large_segment()),
        "bench", dir, options_of(options)));
  }

  void persist(const Write& write) override {
    must_commit(must(log_->persist(write.client, write.value, write.id)).outcome);
  }

  void write_batch(std::span<const Write> writes) override {
    std::vector<Operation> operations;
    operations.reserve(writes.size());
    for (const Write& write : writes) {
      Operation& operation = operations.emplace_back();
      operation.client = write.client;
      operation.id = write.id;
      operation.data = write.value;
    }
    for (const Outcome outcome : must(log_->batch(operations)).outcomes) must_commit(outcome);
  }

  std::optional<std::string> retrieve(std::string_view client) override {
    return must(log_->retrieve(client));
  }

  void settle() override { must(log_->checkpoint()); }

  void close() override {
    must(log_->close());
    log_.reset();
  }

  std::unique_ptr<Pipeline> pipeline(std::size_t in_flight) override {
    // It has no mode that does not flush: "buffered" is a window as large as flushes ever need.
    return std::make_unique<SeawallPipeline>(*log_, flushes_ ? in_flight : kUnflushedRecords);
  }

  [[nodiscard]] Figures figures() override {
    const LogStats stats = log_->stats();
    return {{"checkpoint_rounds", static_cast<double>(stats.checkpoint_rounds)},
            {"segments", static_cast<double>(stats.volume.segments)},
            {"log_bytes", static_cast<double>(stats.volume.log_bytes)},
            {"object_bytes", static_cast<double>(stats.volume.object_bytes)}};
  }

 private:
  bool flushes_ = true;
  std::unique_ptr<WriteAheadLog> log_;
};

}  // namespace

std::unique_ptr<Engine> make_seawall() {
  return std::make_unique<SeawallEngine>();
}

}  // namespace seawall::bench
