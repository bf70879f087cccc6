#include "storage/file/simulated_names.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seawall::storage {

SimulatedNodeId SimulatedNames::find(std::string_view name) const {
  const auto found = now_.find(name);
  return found == now_.end() ? 0 : found->second;
}

std::vector<SimulatedNodeId> SimulatedNames::reachable() const {
  std::vector<SimulatedNodeId> nodes;
  for (const auto& [name, node] : now_) nodes.push_back(node);
  for (const auto& [name, node] : durable_) nodes.push_back(node);
  for (const Operation& operation : operations_) nodes.push_back(operation.node);
  return nodes;
}

void SimulatedNames::change(std::string_view removed, std::string_view added,
                            SimulatedNodeId node) {
  Operation operation{std::string(removed), std::string(added), node};
  apply(operation, now_);
  operations_.push_back(std::move(operation));
}

void SimulatedNames::apply(const Operation& operation, Map& names) {
  if (!operation.removed.empty()) names.erase(operation.removed);
  if (!operation.added.empty()) names[operation.added] = operation.node;
}

void SimulatedNames::sync() {
  for (const Operation& operation : operations_) apply(operation, durable_);
  operations_.clear();
}

void SimulatedNames::power_cut(std::size_t count) {
  for (std::size_t index = 0; index < count && index < operations_.size(); ++index) {
    apply(operations_[index], durable_);
  }
  operations_.clear();
  now_ = durable_;
}

}  // namespace seawall::storage
