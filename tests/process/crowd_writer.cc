#include "process/crowd_writer.h"

#include <csignal>
#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "seawall/error.h"
#include "seawall/types.h"

#include "crash/model.h"
#include "process/crowd_plan.h"
#include "process/crowd_view.h"

namespace seawall::process {
namespace {

constexpr std::size_t kWindow = 6;

std::vector<Operation> views_of(const Transaction& transaction) {
  std::vector<Operation> views;
  views.reserve(transaction.size());
  for (const crash::ModelOperation& operation : transaction) views.push_back(operation.view());
  return views;
}

std::vector<std::string> clients_in(const CrowdCall& call) {
  std::vector<std::string> clients;
  for (const Transaction& transaction : call.transactions) {
    for (const crash::ModelOperation& operation : transaction) clients.push_back(operation.client);
  }
  return clients;
}

Result<BatchReceipt> of_one(const Result<Receipt>& receipt) {
  if (!receipt) return std::unexpected(receipt.error());
  return BatchReceipt{.lsn = receipt->lsn, .outcomes = {receipt->outcome}};
}

}  // namespace

void CrowdWriter::work(const CrowdCalls& calls) {
  for (const CrowdCall& next : calls) {
    if (progress_.has_failed || !call(next)) return;
  }
  if (drain(0)) look(clients_of(setup_.number));
}

bool CrowdWriter::call(const CrowdCall& call) {
  begin(call.transactions.size());
  bool well = false;
  switch (call.form) {
    case CallForm::kBlocking:
      // Acknowledged in the plan's order; what a record in flight waits for is durable by then.
      well = block(call.transactions.front());
      break;
    case CallForm::kSubmitted:
      well = submit(call.transactions.front()) && drain(kWindow);
      break;
    case CallForm::kMany:
      well = submit_many(call.transactions) && drain(kWindow);
      break;
  }
  if (!well || !call.looks) return well;
  return drain(0) && look(clients_in(call));
}

bool CrowdWriter::block(const Transaction& transaction) {
  const crash::ModelOperation& first = transaction.front();
  Result<BatchReceipt> receipt;
  do {
    if (transaction.size() > 1) {
      receipt = log_.batch(views_of(transaction));
      continue;
    }
    receipt =
        of_one(first.is_clear ? log_.clear(first.client, first.keep_ids, first.id, first.producer)
                              : log_.persist(first.client, first.data, first.id, first.producer));
  } while (!receipt && may_repeat(receipt.error()));
  if (!receipt) return wrong(seawall::to_string(receipt.error()));
  if (!check_answer(transaction, receipt->outcomes, receipt->lsn)) return false;
  if (!drain(0)) return false;
  acknowledge(1);
  return true;
}

bool CrowdWriter::submit(const Transaction& transaction) {
  const crash::ModelOperation& first = transaction.front();
  Result<BatchTicket> ticket;
  do {
    if (transaction.size() > 1 || first.is_clear) {
      ticket = log_.submit_batch(views_of(transaction));
      continue;
    }
    const auto single = log_.submit(first.client, first.data, first.id, first.producer);
    if (single) {
      ticket = BatchTicket{.lsn = single->lsn, .outcomes = {single->outcome}};
    } else {
      ticket = std::unexpected(single.error());
    }
  } while (!ticket && may_repeat(ticket.error()));
  if (!ticket) return wrong(seawall::to_string(ticket.error()));
  pending_.push_back({.ticket = {.outcome = ticket->outcomes.front(), .lsn = ticket->lsn}});
  if (setup_.acks_early) {
    pending_.pop_back();
    acknowledge(1);
  }
  return check_answer(transaction, ticket->outcomes, ticket->lsn);
}

bool CrowdWriter::submit_many(const std::vector<Transaction>& transactions) {
  std::vector<std::vector<Operation>> views;
  for (const Transaction& transaction : transactions) views.push_back(views_of(transaction));
  std::vector<std::span<const Operation>> left(views.begin(), views.end());
  while (!left.empty()) {
    const ManyTicket ticket = log_.submit_many(left);
    if (ticket.accepted > 0) {
      pending_.push_back({.ticket = {.outcome = Outcome::kCommitted, .lsn = ticket.lsn},
                          .transactions = ticket.accepted});
    }
    left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(ticket.accepted));
    if (ticket.refusal && !may_repeat(*ticket.refusal)) {
      return wrong(seawall::to_string(*ticket.refusal));
    }
  }
  // It gives no outcomes: the next look shows what came of it.
  for (const Transaction& transaction : transactions) {
    for (const crash::ModelOperation& operation : transaction) model_.apply(operation);
  }
  return true;
}

bool CrowdWriter::may_repeat(const Error& error) {
  if (error.code != Errc::kBusy || progress_.has_failed) return false;
  if (!drain(0)) return false;
  std::this_thread::yield();
  return true;
}

bool CrowdWriter::check_answer(const Transaction& transaction, const std::vector<Outcome>& outcomes,
                               Lsn lsn) {
  bool committed = false;
  for (std::size_t i = 0; i < transaction.size(); ++i) {
    const Outcome expected = model_.apply(transaction[i]);
    committed |= expected == Outcome::kCommitted;
    if (outcomes.at(i) == expected) continue;
    return wrong(std::string(outcome_name(outcomes[i])) + " was answered, should be " +
                 std::string(outcome_name(expected)) + ", to " + to_string(transaction[i]));
  }
  if (!committed) return true;
  if (lsn <= last_) return wrong("an LSN below an earlier one");
  last_ = lsn;
  return true;
}

bool CrowdWriter::drain(std::size_t keep) {
  while (pending_.size() > keep) {
    const Pending& oldest = pending_.front();
    const auto receipt = log_.wait(oldest.ticket);
    if (!receipt) return wrong("wait: " + seawall::to_string(receipt.error()));
    if (receipt->outcome != oldest.ticket.outcome || receipt->lsn < oldest.ticket.lsn) {
      return wrong("a receipt that differs from its ticket");
    }
    const std::size_t transactions = oldest.transactions;
    pending_.erase(pending_.begin());
    acknowledge(transactions);
  }
  return true;
}

bool CrowdWriter::look(const std::vector<std::string>& clients) {
  const auto shown = shown_by(log_, clients);
  if (!shown) return wrong("look: " + seawall::to_string(shown.error()));
  const std::string different = difference(*shown, model_);
  return different.empty() || wrong(different);
}

void CrowdWriter::begin(std::size_t transactions) {
  progress_.writers.at(setup_.number).begun += transactions;
  step();
}

void CrowdWriter::acknowledge(std::size_t transactions) {
  progress_.writers.at(setup_.number).acknowledged += transactions;
  step();
}

void CrowdWriter::step() {
  if (++progress_.steps == setup_.kill_at_step) ::kill(::getpid(), SIGKILL);
}

bool CrowdWriter::wrong(const std::string& text) {
  progress_.fail("writer " + std::to_string(setup_.number) + ": " + text);
  return false;
}

}  // namespace seawall::process
