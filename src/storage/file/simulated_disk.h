#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/file/file_system.h"
#include "storage/file/simulated_file.h"
#include "storage/file/simulated_names.h"
#include "storage/file/simulated_random.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::storage {

/// A value, or an errno.
template <class T>
using OrErrno = std::expected<T, int>;

/// The medium and the page cache of a simulated machine; a value, copied cheaply. Knows no faults
/// but a full disk.
class SimulatedDisk {
 public:
  using Id = SimulatedNodeId;
  static constexpr Id kRoot = 1;

  SimulatedDisk();

  /// Walks `path`, split at slashes, from the root; relative paths start there too.
  [[nodiscard]] OrErrno<Id> find_directory(std::string_view path) const;
  [[nodiscard]] OrErrno<Id> make_directory(Id parent, std::string_view name);
  [[nodiscard]] OrErrno<Id> open(Id directory, std::string_view name, OpenMode mode);
  [[nodiscard]] OrErrno<void> rename(Id directory, std::string_view from, std::string_view to);
  [[nodiscard]] OrErrno<void> unlink(Id directory, std::string_view name);
  [[nodiscard]] std::vector<DirectoryEntry> list(Id directory) const;
  void sync_names(Id directory);
  [[nodiscard]] bool is_directory(Id node) const { return nodes_.at(node).is_directory; }

  /// Writes what fits, from the front; ENOSPC when that was not all.
  [[nodiscard]] OrErrno<void> write(Id file, std::uint64_t offset, std::string_view bytes);
  [[nodiscard]] OrErrno<void> allocate(Id file, std::uint64_t length);
  [[nodiscard]] SimulatedFile& file(Id file) { return nodes_.at(file).file; }
  [[nodiscard]] const SimulatedNames& names(Id directory) const {
    return nodes_.at(directory).names;
  }

  /// An open file keeps its space and bytes when its name goes.
  void hold(Id node) { ++nodes_.at(node).handles; }
  void let_go(Id node);
  /// Returns false when it is taken.
  [[nodiscard]] bool lock(Id directory);
  void unlock(Id directory) { nodes_.at(directory).locked = false; }
  [[nodiscard]] bool locked(Id directory) const { return nodes_.at(directory).locked; }

  void set_capacity(std::uint64_t bytes) { capacity_bytes_ = bytes; }
  [[nodiscard]] std::uint64_t used_bytes() const;
  [[nodiscard]] std::uint64_t free_bytes() const;

  /// Closes every handle and lock.
  void kill_process();
  void power_cut(Survivor how, SimulatedRandom& random);
  [[nodiscard]] bool has_unsynced() const;

 private:
  struct Node {
    bool is_directory = false;
    bool locked = false;
    std::uint32_t handles = 0;
    SimulatedFile file;
    SimulatedNames names;
  };

  [[nodiscard]] Id add_node(bool is_directory);
  /// Forgets nodes no name and no handle reaches.
  void collect();

  std::unordered_map<Id, Node> nodes_;
  Id last_id_ = kRoot;
  std::uint64_t capacity_bytes_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace seawall::storage
