#include "log.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <unistd.h>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "arguments.h"
#include "durable_signal.h"
#include "error.h"
#include "interpreter.h"
#include "options.h"
#include "python_interpreter.h"

namespace nb = nanobind;

namespace seawall::python {
namespace {

// The GIL is held again: an error may become an exception.
template <class Value>
Value checked(Result<Value> result) {
  if (!result) raise(result.error());
  return std::move(*result);
}

void checked(const Result<void>& result) {
  if (!result) raise(result.error());
}

nb::object field(const nb::handle& item, std::size_t index) {
  return nb::borrow(PyTuple_GET_ITEM(item.ptr(), static_cast<Py_ssize_t>(index)));
}

}  // namespace

Log::Log(const Interpreter& interpreter, const Storage& storage, const std::string& service_name,
         const std::string& base_dir, const nb::dict& options)
    : pid_(::getpid()) {
  for (const Outcome outcome : {Outcome::kCommitted, Outcome::kDuplicate, Outcome::kCleared}) {
    const std::string_view name = outcome_name(outcome);
    outcomes_.at(static_cast<std::size_t>(outcome)) = nb::str(name.data(), name.size());
  }
  const Options chosen = options_of(options);
  Result<std::unique_ptr<WriteAheadLog>> opened;
  {
    const nb::gil_scoped_release no_gil;
    opened = WriteAheadLog::open(interpreter.value, storage.value, service_name, base_dir, chosen);
  }
  log_ = checked(std::move(opened));
  log_->listen(&signal_);
  signal_.note(log_->durable_lsn());
}

Log::~Log() {
  if (::getpid() != pid_) {
    // The threads that serve the log are the parent's; here there is nothing to end.
    static_cast<void>(log_.release());
    return;
  }
  const nb::gil_scoped_release no_gil;
  log_.reset();
}

void Log::check_process() const {
  if (::getpid() != pid_) {
    raise_named("ForkedError",
                "this process is a fork of the one that opened the log: open a log of its own");
  }
  if (PythonInterpreter::merging()) {
    raise_invalid("an interpreter may not call a log while it merges");
  }
}

template <class Action>
auto Log::run(Action action) {
  check_process();
  if (!gate_.enter()) raise_named("ClosedError", "the log is closed: open it again");
  const CallGate::Leave leave{gate_};
  const nb::gil_scoped_release no_gil;
  return action(*log_);
}

nb::tuple Log::answer(Lsn lsn, Outcome outcome) const {
  return nb::make_tuple(lsn.value, outcomes_.at(static_cast<std::size_t>(outcome)));
}

nb::tuple Log::persist(nb::handle client, nb::handle data, nb::handle id, nb::handle producer) {
  const std::string_view name = bytes_of(client, "the client id");
  const std::string_view bytes = bytes_of(data, "formatted data");
  const BatchId batch_id = id_of(id, false);
  const std::string_view source = producer_of(producer);
  const Receipt receipt =
      checked(run([&](WriteAheadLog& log) { return log.persist(name, bytes, batch_id, source); }));
  signal_.note(receipt.lsn);
  return answer(receipt.lsn, receipt.outcome);
}

nb::tuple Log::submit(nb::handle client, nb::handle data, nb::handle id, nb::handle producer) {
  const std::string_view name = bytes_of(client, "the client id");
  const std::string_view bytes = bytes_of(data, "formatted data");
  const BatchId batch_id = id_of(id, false);
  const std::string_view source = producer_of(producer);
  const Ticket ticket =
      checked(run([&](WriteAheadLog& log) { return log.submit(name, bytes, batch_id, source); }));
  submitted_ = std::max(submitted_, ticket.lsn);
  return answer(ticket.lsn, ticket.outcome);
}

nb::tuple Log::clear(nb::handle client, bool keep_ids, nb::handle id, nb::handle producer) {
  const std::string_view name = bytes_of(client, "the client id");
  const BatchId batch_id = id_of(id, true);
  const std::string_view source = producer_of(producer);
  const Receipt receipt =
      checked(run([&](WriteAheadLog& log) { return log.clear(name, keep_ids, batch_id, source); }));
  signal_.note(receipt.lsn);
  return answer(receipt.lsn, receipt.outcome);
}

Operation Log::apply_of(nb::handle item) {
  return {Operation::Kind::kApply,
          bytes_of(field(item, 0), "the client id"),
          id_of(field(item, 2), false),
          producer_of(field(item, 3)),
          bytes_of(field(item, 1), "formatted data"),
          false};
}

Operation Log::operation_of(nb::handle item) {
  if (!field(item, 1).is_none()) return apply_of(item);
  return {Operation::Kind::kClear,
          bytes_of(field(item, 0), "the client id"),
          id_of(field(item, 2), true),
          producer_of(field(item, 3)),
          {},
          PyTuple_GET_SIZE(item.ptr()) > 4 && field(item, 4).is(nb::handle(Py_True))};
}

nb::list Log::persist_many(const nb::list& items) {
  std::vector<Operation> operations;
  operations.reserve(items.size());
  for (const nb::handle item : items) operations.push_back(apply_of(item));
  std::vector<Ticket> tickets;
  tickets.reserve(operations.size());
  const auto submit_all = [&](WriteAheadLog& log) -> Result<void> {
    Lsn last;
    for (const Operation& operation : operations) {
      auto ticket = log.submit(operation.client, operation.data, operation.id, operation.producer);
      while (!ticket && ticket.error().code == Errc::kBusy && log.durable_lsn() < last) {
        // What is in flight is ours: it makes room for the rest.
        if (auto waited = log.wait(last); !waited) return waited;
        ticket = log.submit(operation.client, operation.data, operation.id, operation.producer);
      }
      if (!ticket) return std::unexpected(std::move(ticket.error()));
      last = std::max(last, ticket->lsn);
      tickets.push_back(*ticket);
    }
    return log.wait(last);
  };
  checked(run(submit_all));
  if (!tickets.empty()) signal_.note(std::ranges::max(tickets, {}, &Ticket::lsn).lsn);
  nb::list answers;
  for (const Ticket& ticket : tickets) answers.append(answer(ticket.lsn, ticket.outcome));
  return answers;
}

std::vector<Operation> Log::operations_of(const nb::list& items) {
  std::vector<Operation> operations;
  operations.reserve(items.size());
  for (const nb::handle item : items) operations.push_back(operation_of(item));
  return operations;
}

nb::tuple Log::submit_batch(const nb::list& items) {
  const std::vector<Operation> operations = operations_of(items);
  const BatchTicket ticket =
      checked(run([&](WriteAheadLog& log) { return log.submit_batch(operations); }));
  submitted_ = std::max(submitted_, ticket.lsn);
  const auto count = [&](Outcome outcome) { return std::ranges::count(ticket.outcomes, outcome); };
  return nb::make_tuple(ticket.lsn.value, count(Outcome::kCommitted), count(Outcome::kDuplicate),
                        count(Outcome::kCleared));
}

nb::tuple Log::submit_many(const nb::list& messages) {
  std::vector<Operation> operations;
  std::vector<std::size_t> ends;  // Of each message's operations.
  operations.reserve(messages.size());
  ends.reserve(messages.size());
  try {
    for (const nb::handle message : messages) {
      for (const nb::handle item : nb::borrow<nb::list>(message)) {
        operations.push_back(operation_of(item));
      }
      ends.push_back(operations.size());
    }
  } catch (const nb::python_error&) {
    // Its turn comes when it is the first.
  }
  std::vector<std::span<const Operation>> transactions;
  std::vector<std::size_t> places;  // The message that each transaction is of.
  transactions.reserve(ends.size());
  places.reserve(ends.size());
  std::size_t begin = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const std::size_t count = ends[i] - std::exchange(begin, ends[i]);
    if (count == 0) continue;
    transactions.push_back(std::span(operations).subspan(begin - count, count));
    places.push_back(i);
  }
  const ManyTicket ticket = run([&](WriteAheadLog& log) { return log.submit_many(transactions); });
  submitted_ = std::max(submitted_, ticket.lsn);
  return nb::make_tuple(ticket.refusal ? places[ticket.accepted] : ends.size(), ticket.lsn.value,
                        ticket.committed, ticket.duplicate, ticket.cleared);
}

nb::tuple Log::batch(const nb::list& items) {
  const std::vector<Operation> operations = operations_of(items);
  const BatchReceipt receipt =
      checked(run([&](WriteAheadLog& log) { return log.batch(operations); }));
  signal_.note(receipt.lsn);
  nb::list outcomes;
  for (const Outcome outcome : receipt.outcomes) {
    outcomes.append(outcomes_.at(static_cast<std::size_t>(outcome)));
  }
  return nb::make_tuple(receipt.lsn.value, outcomes);
}

nb::object Log::retrieve(nb::handle client) {
  const std::string_view name = bytes_of(client, "the client id");
  PythonInterpreter::forget_pending();
  auto state = run([&](WriteAheadLog& log) { return log.retrieve(name); });
  PythonInterpreter::raise_pending();
  const std::optional<std::string> bytes = checked(std::move(state));
  if (!bytes) return nb::none();
  return nb::bytes(bytes->data(), bytes->size());
}

bool Log::seen(nb::handle client, nb::handle id, nb::handle producer) {
  const std::string_view name = bytes_of(client, "the client id");
  const BatchId batch_id = id_of(id, false);
  const std::string_view source = producer_of(producer);
  return checked(run([&](WriteAheadLog& log) { return log.seen(name, batch_id, source); }));
}

nb::list Log::clients() {
  nb::list names;
  for (const std::string& name : run([](WriteAheadLog& log) { return log.clients(); })) {
    names.append(name_of(name));
  }
  return names;
}

nb::dict Log::stats() {
  return stats_of(run([](WriteAheadLog& log) { return log.stats(); }));
}

void Log::checkpoint() {
  checked(run([](WriteAheadLog& log) { return log.checkpoint(); }));
}

void Log::close() {
  check_process();
  Result<void> closed;
  {
    const nb::gil_scoped_release no_gil;
    gate_.close();
    const std::scoped_lock lock(close_mutex_);
    closed = log_->close();
    signal_.close();
    waits_.close();
  }
  checked(closed);
}

bool Log::wait(std::uint64_t lsn, std::optional<double> timeout_s) {
  using Seconds = std::chrono::duration<double>;
  constexpr Seconds kSlice{0.1};  // Between two looks for a signal such as Ctrl-C.
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    if (signal_.durable().value >= lsn) return true;
    check_process();
    const Seconds passed = std::chrono::steady_clock::now() - begin;
    const Seconds left = timeout_s ? Seconds{*timeout_s} - passed : kSlice;
    const auto slice =
        std::chrono::ceil<std::chrono::microseconds>(std::clamp(left, Seconds{0}, kSlice));
    const DurableSignal::View view = view_after(Lsn{lsn}, slice);
    if (view.durable.value >= lsn) return true;
    if (view.failure) raise(*view.failure);
    if (view.closed) raise_named("ClosedError", "the log was closed before: send the id again");
    if (left <= Seconds{0}) return false;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
}

DurableSignal::View Log::view_after(Lsn lsn, std::chrono::microseconds timeout) {
  if (!waits_.enter()) return signal_.view();
  // Left with the GIL held: once `close` is over, no thread of ours is on its way back to Python,
  // which at the end of the process it would not survive.
  const CallGate::Leave leave{waits_};
  const nb::gil_scoped_release no_gil;
  return signal_.wait_until(lsn, timeout);
}

nb::tuple Log::wait_after(std::uint64_t lsn) {
  constexpr std::chrono::hours kLong{24};
  check_process();
  const DurableSignal::View view = view_after(Lsn{lsn + 1}, kLong);
  return nb::make_tuple(view.durable.value, view.closed || view.failure.has_value());
}

void Log::check_health() {
  if (const DurableSignal::View view = signal_.view(); view.failure) raise(*view.failure);
}

}  // namespace seawall::python
