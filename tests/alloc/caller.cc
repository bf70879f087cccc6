#include "alloc/caller.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"

#include "alloc/tested_log.h"
#include "crash/model.h"

namespace seawall::alloc {

using crash::Model;
using crash::ModelClient;
using crash::ModelOperation;

namespace {

std::vector<Operation> views_of(const std::vector<ModelOperation>& operations) {
  std::vector<Operation> views;
  for (const ModelOperation& operation : operations) views.push_back(operation.view());
  return views;
}

// Runs of a byte in a few words.
std::string shown(const std::string& state) {
  std::string text;
  for (std::size_t i = 0; i < state.size();) {
    const std::size_t end = std::min(state.find_first_not_of(state[i], i), state.size());
    text += state[i];
    if (end - i > 3) text += "*" + std::to_string(end - i) + " ";
    i = end - i > 3 ? end : i + 1;
  }
  return text;
}

}  // namespace

std::vector<Outcome> Caller::expect(const std::vector<ModelOperation>& operations, Model& next) {
  std::vector<Outcome> outcomes;
  for (const ModelOperation& operation : operations) {
    names_.insert(operation.client);
    if (!operation.id.is_none()) ids_.emplace(operation.producer, operation.id);
    outcomes.push_back(next.apply(operation));
  }
  return outcomes;
}

void Caller::fail(std::string text) {
  if (wrong_.empty()) wrong_ = std::move(text);
}

void Caller::refuse(const std::string& call, const Error& error) {
  if (error.code == Errc::kPoisoned) {
    poisoned_ = true;
  } else if (refusals_.contains(error.code)) {
    ++refused_;
  } else {
    fail(call + ": " + to_string(error));
  }
}

void Caller::commit(TestedLog& log, const std::vector<ModelOperation>& operations) {
  if (poisoned_) return;
  Model next = latest_;
  const std::vector<Outcome> expected = expect(operations, next);
  const auto receipt = log.commit(views_of(operations));
  if (!receipt) {
    refuse("commit", receipt.error());
    if (poisoned_) in_flight_.push_back(operations);
    return;
  }
  if (receipt->outcomes != expected) fail("commit: a wrong outcome");
  if (receipt->lsn > log.durable()) fail("commit: a receipt ahead of the durable mark");
  latest_ = next;
  durable_ = std::move(next);
  in_flight_.clear();
}

void Caller::submit(TestedLog& log, const std::vector<ModelOperation>& operations) {
  if (poisoned_) return;
  Model next = latest_;
  const std::vector<Outcome> expected = expect(operations, next);
  const auto ticket = log.submit(views_of(operations));
  if (!ticket) return refuse("submit", ticket.error());
  if (ticket->outcomes != expected) fail("submit: a wrong outcome");
  latest_ = std::move(next);
  in_flight_.push_back(operations);
  last_ = std::max(last_, ticket->lsn);
}

void Caller::submit_many(TestedLog& log,
                         const std::vector<std::vector<ModelOperation>>& transactions) {
  if (poisoned_) return;
  std::vector<std::vector<Operation>> views;
  for (const auto& operations : transactions) views.push_back(views_of(operations));
  const std::vector<std::span<const Operation>> spans(views.begin(), views.end());
  const ManyTicket many = log.submit_many(spans);
  for (std::size_t i = 0; i < many.accepted; ++i) {
    static_cast<void>(expect(transactions[i], latest_));
    in_flight_.push_back(transactions[i]);
  }
  last_ = std::max(last_, many.lsn);
  if (many.refusal) refuse("submit_many", *many.refusal);
  if (!many.refusal && many.accepted != transactions.size()) fail("submit_many: too few accepted");
}

void Caller::wait(TestedLog& log) {
  if (poisoned_) return;
  const auto waited = log.wait(last_);
  if (!waited) return refuse("wait", waited.error());
  durable_ = latest_;
  in_flight_.clear();
}

void Caller::checkpoint(TestedLog& log) {
  if (poisoned_) return;
  if (const auto done = log.checkpoint(); !done) refuse("checkpoint", done.error());
}

void Caller::read(TestedLog& log) {
  // A log that is poisoned shows all of a call whose outcome is unknown, or nothing of it.
  if (!in_flight_.empty()) return;
  if (std::string text = differs(log, durable_, true); !text.empty()) fail("read: " + text);
}

void Caller::settle(TestedLog& log) {
  poisoned_ = false;
  std::string first = differs(log, durable_, false);
  if (first.empty()) {
    latest_ = durable_;
    in_flight_.clear();
    return;
  }
  Model model = durable_;
  for (const auto& operations : in_flight_) {
    for (const ModelOperation& operation : operations) static_cast<void>(model.apply(operation));
    if (!differs(log, model, false).empty()) continue;
    durable_ = latest_ = std::move(model);
    in_flight_.clear();
    return;
  }
  fail("opened again: " + first);
}

std::string Caller::differs(TestedLog& log, const Model& model, bool allow_refusals) {
  for (const std::string& name : names_) {
    const auto found = model.clients().find(name);
    const ModelClient expected = found == model.clients().end() ? ModelClient{} : found->second;
    const auto state = log.retrieve(name);
    if (!state && !(allow_refusals && refusals_.contains(state.error().code))) {
      return "retrieve " + name + ": " + to_string(state.error());
    }
    if (state && state->value_or("none") != (expected.exists ? expected.state : "none")) {
      return name + " is '" + shown(state->value_or("none")) + "', should be '" +
             shown(expected.exists ? expected.state : "none") + "'";
    }
    for (const auto& [producer, id] : ids_) {
      const auto seen = log.seen(name, id, producer);
      if (!seen && allow_refusals && refusals_.contains(seen.error().code)) continue;
      if (!seen) return "seen: " + to_string(seen.error());
      if (*seen != crash::has_id(expected.ids, producer, id)) {
        return name + (*seen ? " knows an id it never got" : " forgot an id");
      }
    }
  }
  return "";
}

}  // namespace seawall::alloc
