#include "process/kill_model.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/types.h"

namespace seawall::process {
namespace {

constexpr std::size_t kTextIdEvery = 10;
constexpr std::size_t kProducers = 3;
constexpr std::size_t kPaddingBytesMax = 300;

/// Reads the calls' numbers out of a state; nothing when it is not made of `data_of`.
std::optional<std::vector<std::size_t>> calls_in(std::string_view state) {
  std::vector<std::size_t> calls;
  while (!state.empty()) {
    std::size_t call = 0;
    const auto parsed = std::from_chars(state.data(), state.data() + state.size(), call);
    const std::string data = data_of(call);
    if (parsed.ec != std::errc() || !state.starts_with(data)) return std::nullopt;
    state.remove_prefix(data.size());
    calls.push_back(call);
  }
  return calls;
}

bool names(const ProducerIds& ids, const BatchId& id) {
  if (id.is_text()) return std::ranges::count(ids.texts, id.text()) == 1;
  return std::ranges::any_of(ids.integers, [&](const IdRange& range) {
    return range.first <= id.integer() && id.integer() <= range.last;
  });
}

bool has_id(const ClientExport& client, std::size_t call) {
  return std::ranges::any_of(client.ids, [&](const ProducerIds& ids) {
    return ids.producer == producer_of(call) && names(ids, id_of(call));
  });
}

std::size_t id_count(const ClientExport& client) {
  std::size_t count = 0;
  for (const ProducerIds& ids : client.ids) {
    count += ids.texts.size();
    for (const IdRange& range : ids.integers) count += range.last - range.first + 1;
  }
  return count;
}

}  // namespace

BatchId id_of(std::size_t call) {
  if (call % kTextIdEvery == 0) return {"text-" + std::to_string(call)};
  return {call};
}

std::string producer_of(std::size_t call) {
  const std::size_t producer = call % kProducers;
  return producer == 0 ? "" : "producer-" + std::to_string(producer);
}

std::string data_of(std::size_t call) {
  return std::to_string(call) + std::string(call * 7 % kPaddingBytesMax, '.') + ";";
}

std::string KillModel::check_client(const ClientExport& client) {
  const auto cleared = clears.find(client.client);
  if (cleared != clears.end()) {
    // Not acknowledged: all of the life is there, or none of it.
    if (cleared->second.acked) return "is there after its clear was acknowledged";
    return client.state == states[client.client] ? "" : "is there in part after a clear";
  }
  const auto applied = calls_in(client.state.value_or(""));
  if (!applied) return "has a state that nobody sent";
  if (id_count(client) != applied->size()) return "has more or fewer ids than deltas";
  std::set<std::size_t> once;
  std::uint64_t lsn = 0;
  for (const std::size_t call : *applied) {
    const std::string which = "call " + std::to_string(call);
    const auto made = calls.find(call);
    if (made == calls.end()) return which + " was never made";
    if (std::ranges::count(made->second.clients, client.client) != 1) {
      return which + " is not its own";
    }
    if (!once.insert(call).second) return which + " is applied twice";
    if (!has_id(client, call)) return which + " is applied without its id";
    ++items_found_[call];
    if (made->second.commit_lsn == 0) continue;
    if (made->second.commit_lsn <= lsn) return which + " is merged out of order";
    lsn = made->second.commit_lsn;
  }
  states[client.client] = client.state.value_or("");
  return "";
}

std::string KillModel::check_calls() {
  for (auto& [number, call] : calls) {
    const auto found = items_found_.find(number);
    const std::size_t items = found == items_found_.end() ? 0 : found->second;
    const std::string which = "call " + std::to_string(number);
    if (items != 0 && items != call.clients.size()) return which + " is applied in part";
    if (items == 0 && call.acked) return which + " was acknowledged and is lost";
    if (items == 0 && call.found) return which + " was recovered once and is lost";
    call.found = items != 0;
  }
  return "";
}

std::string KillModel::check(LogReader& view) {
  items_found_.clear();
  for (const std::string& name : view.clients()) {
    const auto client = view.export_client(name);
    if (!client) return to_string(client.error());
    if (!*client) return name + " has no export";
    const std::string fault = check_client(**client);
    if (!fault.empty()) return std::string(name).append(": ").append(fault);
  }
  const std::vector<std::string> shown = view.clients();
  for (auto& [name, clear] : clears) {
    if (std::ranges::binary_search(shown, name)) continue;
    // The life is over, acknowledged or not, and does not come back.
    clear.acked = true;
    states.erase(name);
  }
  return check_calls();
}

std::string KillModel::take_ack(std::size_t number, Outcome outcome, Lsn lsn,
                                std::size_t deliveries) {
  const auto made = calls.find(number);
  if (made == calls.end() || deliveries == 0) return "an acknowledgement nobody waits for";
  Call& call = made->second;
  const std::string which = "call " + std::to_string(number);
  const bool known = call.acked || call.found;
  if (outcome == Outcome::kCommitted && known && call.commit_lsn != 0) {
    return which + " committed twice";
  }
  if (outcome == Outcome::kCommitted && call.found) return which + " committed after it was found";
  if (outcome == Outcome::kDuplicate && !known && deliveries == 1) {
    return which + " is a duplicate of nothing";
  }
  if (outcome == Outcome::kCleared) return which + " met an end nobody asked for";
  if (outcome == Outcome::kCommitted) call.commit_lsn = lsn.value;
  call.acked = true;
  return "";
}

}  // namespace seawall::process
