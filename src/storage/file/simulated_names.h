#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::storage {

/// Number of a node of the simulated disk; 0 is none.
using SimulatedNodeId = std::uint64_t;

/// The names in one simulated directory: as seen, as on the medium, and the operations between the
/// two. They reach the medium in order, each whole, as a journaling file system does it.
class SimulatedNames {
 public:
  using Map = std::map<std::string, SimulatedNodeId, std::less<>>;

  [[nodiscard]] const Map& now() const { return now_; }
  /// Returns every node a name leads to, now or after some power cut.
  [[nodiscard]] std::vector<SimulatedNodeId> reachable() const;
  [[nodiscard]] SimulatedNodeId find(std::string_view name) const;
  [[nodiscard]] std::size_t unsynced() const { return operations_.size(); }

  void add(std::string_view name, SimulatedNodeId node) { change({}, name, node); }
  void remove(std::string_view name) { change(name, {}, 0); }
  /// Atomic: either name, never none and never both.
  void rename(std::string_view from, std::string_view to) { change(from, to, find(from)); }
  void sync();
  /// The first `count` operations not synced survive.
  void power_cut(std::size_t count);

 private:
  struct Operation {
    std::string removed;
    std::string added;
    SimulatedNodeId node;
  };

  void change(std::string_view removed, std::string_view added, SimulatedNodeId node);
  static void apply(const Operation& operation, Map& names);

  Map now_;
  Map durable_;
  std::vector<Operation> operations_;
};

}  // namespace seawall::storage
