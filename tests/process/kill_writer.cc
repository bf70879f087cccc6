#include "process/kill_writer.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "process/kill_log.h"
#include "process/kill_model.h"

namespace seawall::process {
namespace {

constexpr std::size_t kSubmitWindow = 8;
constexpr std::size_t kCheckpointEveryCalls = 40;

class Writer {
 public:
  Writer(const WriterPlan& plan, const KillModel& model, int ack_pipe, WriteAheadLog& log)
      : plan_(plan), model_(model), ack_pipe_(ack_pipe), log_(log) {}

  /// One thread's work. Returns whether all of it went well.
  bool work(std::size_t thread) {
    std::deque<std::pair<std::size_t, Ticket>> window;
    std::size_t done = 0;
    for (const std::size_t number : plan_.calls[thread]) {
      if (thread == 1 && ++done % kCheckpointEveryCalls == 0 && !log_.checkpoint()) return false;
      const bool is_batch = model_.calls.at(number).clients.size() > 1;
      const bool may_block = plan_.fault != WriterFault::kAcksBeforeDurable && thread % 2 == 0;
      if (is_batch || may_block) {
        if (!drain(window, 0) || !persist(number)) return false;
        continue;
      }
      if (!submit(number, window) || !drain(window, kSubmitWindow)) return false;
    }
    return drain(window, 0);
  }

  bool clear_clients() {
    for (std::size_t i = 0; i < plan_.clears.size(); ++i) {
      const auto receipt = log_.clear(plan_.clears[i]);
      if (!receipt) return failed(receipt.error());
      ack({Ack::kClear | i, receipt->lsn.value, 0});
    }
    return true;
  }

  void ack(const Ack& ack) const {
    // A pipe takes 24 bytes whole. Who reads it no more has killed this process already.
    static_cast<void>(::write(ack_pipe_, &ack, sizeof ack) == ssize_t{sizeof ack});
  }

 private:
  static bool failed(const Error& error) {
    std::cerr << to_string(error) << "\n";
    return false;
  }

  [[nodiscard]] BatchId id(std::size_t number) const {
    const bool renamed =
        plan_.fault == WriterFault::kNewIdsOnRetry && model_.calls.at(number).found;
    return renamed ? BatchId("again-" + std::to_string(number)) : id_of(number);
  }

  void ack_call(std::size_t number, Outcome outcome, Lsn lsn) const {
    ack({number, lsn.value, static_cast<std::uint64_t>(outcome)});
  }

  bool persist(std::size_t number) {
    const std::vector<std::string>& clients = model_.calls.at(number).clients;
    const std::string data = data_of(number);
    const std::string producer = producer_of(number);
    if (clients.size() == 1) {
      const auto receipt = log_.persist(clients.front(), data, id(number), producer);
      if (!receipt) return failed(receipt.error());
      ack_call(number, receipt->outcome, receipt->lsn);
      return true;
    }
    std::vector<Operation> operations;
    operations.reserve(clients.size());
    for (const std::string& client : clients) {
      operations.push_back(
          {.client = client, .id = id(number), .producer = producer, .data = data});
    }
    const auto receipt = log_.batch(operations);
    if (!receipt) return failed(receipt.error());
    for (const Outcome outcome : receipt->outcomes) {
      if (outcome != receipt->outcomes.front()) return failed({.message = "a batch in two parts"});
    }
    ack_call(number, receipt->outcomes.front(), receipt->lsn);
    return true;
  }

  bool submit(std::size_t number, std::deque<std::pair<std::size_t, Ticket>>& window) {
    const std::vector<std::string>& clients = model_.calls.at(number).clients;
    const auto ticket =
        log_.submit(clients.front(), data_of(number), id(number), producer_of(number));
    if (!ticket) return failed(ticket.error());
    if (plan_.fault == WriterFault::kAcksBeforeDurable) {
      ack_call(number, ticket->outcome, ticket->lsn);
      return true;
    }
    window.emplace_back(number, *ticket);
    return true;
  }

  bool drain(std::deque<std::pair<std::size_t, Ticket>>& window, std::size_t keep) {
    while (window.size() > keep) {
      const auto receipt = log_.wait(window.front().second);
      if (!receipt) return failed(receipt.error());
      ack_call(window.front().first, receipt->outcome, receipt->lsn);
      window.pop_front();
    }
    return true;
  }

  const WriterPlan& plan_;
  const KillModel& model_;
  int ack_pipe_;
  WriteAheadLog& log_;
};

/// Returns whether recovery by a writer shows what the reader showed.
bool same_view(WriteAheadLog& log, const KillModel& model) {
  std::vector<std::string> names;
  for (const auto& [name, state] : model.states) {
    names.push_back(name);
    const auto retrieved = log.retrieve(name);
    if (!retrieved || !*retrieved || **retrieved != state) return false;
  }
  return log.clients() == names;
}

}  // namespace

WriterExit run_writer(const WriterPlan& plan, const KillModel& model, int ack_pipe) {
  const auto log = open_small(plan.base_dir);
  if (!log) {
    std::cerr << to_string(log.error()) << "\n";
    return WriterExit::kOpenFailed;
  }
  if (!same_view(**log, model)) return WriterExit::kViewsDiffer;
  Writer writer(plan, model, ack_pipe, **log);
  writer.ack({Ack::kOpened, (*log)->durable_lsn().value, 0});
  if (!writer.clear_clients()) return WriterExit::kCallFailed;
  std::array<bool, kWriterThreads> well{};
  {
    std::vector<std::jthread> threads;
    threads.reserve(kWriterThreads);
    for (std::size_t thread = 0; thread < kWriterThreads; ++thread) {
      threads.emplace_back([&, thread] { well.at(thread) = writer.work(thread); });
    }
  }
  for (const bool done : well) {
    if (!done) return WriterExit::kCallFailed;
  }
  return (*log)->close() ? WriterExit::kDone : WriterExit::kCloseFailed;
}

}  // namespace seawall::process
