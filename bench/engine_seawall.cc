#include <cstddef>
#include <deque>
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
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "engine.h"
#include "engine_list.h"
#include "last_interpreter.h"

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

class SeawallEngine final : public Engine {
 public:
  void open(const std::string& dir) override {
    log_ = must(WriteAheadLog::open(std::make_shared<LastInterpreter>(),
                                    std::make_shared<FileSystemStorage>(), "bench", dir));
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

  void close() override {
    must(log_->close());
    log_.reset();
  }

  std::unique_ptr<Pipeline> pipeline(std::size_t in_flight) override {
    return std::make_unique<SeawallPipeline>(*log_, in_flight);
  }

 private:
  std::unique_ptr<WriteAheadLog> log_;
};

}  // namespace

std::unique_ptr<Engine> make_seawall() {
  return std::make_unique<SeawallEngine>();
}

}  // namespace seawall::bench
