#include "storage/file/simulated_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "storage/file/file_system.h"
#include "storage/file/simulated_content.h"
#include "storage/file/simulated_file.h"
#include "storage/file/simulated_names.h"
#include "storage/file/simulated_random.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::storage {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// What a disk without a set capacity says is free.
constexpr std::uint64_t kAmpleBytes = std::uint64_t{1} << 40;

bool single_component(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

std::size_t surviving_names(Survivor how, std::size_t unsynced, SimulatedRandom& random) {
  switch (how) {
    case Survivor::kNothing:
      return 0;
    case Survivor::kEverything:
    case Survivor::kStale:
      return unsynced;
    case Survivor::kPrefix:
    case Survivor::kRandomSectors:
    case Survivor::kZeroSectors:
    case Survivor::kTornPages:
      return random.below(unsynced + 1);
  }
  return 0;
}

}  // namespace

SimulatedDisk::SimulatedDisk() {
  nodes_[kRoot].is_directory = true;
}

SimulatedDisk::Id SimulatedDisk::add_node(bool is_directory) {
  nodes_[++last_id_].is_directory = is_directory;
  return last_id_;
}

OrErrno<SimulatedDisk::Id> SimulatedDisk::find_directory(std::string_view path) const {
  Id at = kRoot;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name.empty() || name == ".") continue;
    at = nodes_.at(at).names.find(name);
    if (at == 0) return std::unexpected(ENOENT);
    if (!nodes_.at(at).is_directory) return std::unexpected(ENOTDIR);
  }
  return at;
}

OrErrno<SimulatedDisk::Id> SimulatedDisk::make_directory(Id parent, std::string_view name) {
  if (!single_component(name)) return std::unexpected(EINVAL);
  if (nodes_.at(parent).names.find(name) != 0) return std::unexpected(EEXIST);
  const Id made = add_node(true);
  nodes_.at(parent).names.add(name, made);
  return made;
}

OrErrno<SimulatedDisk::Id> SimulatedDisk::open(Id directory, std::string_view name, OpenMode mode) {
  if (!single_component(name)) return std::unexpected(EINVAL);
  const Id found = nodes_.at(directory).names.find(name);
  if (mode == OpenMode::kCreateExclusive) {
    if (found != 0) return std::unexpected(EEXIST);
    const Id made = add_node(false);
    nodes_.at(directory).names.add(name, made);
    return made;
  }
  if (found == 0) return std::unexpected(ENOENT);
  if (nodes_.at(found).is_directory) return std::unexpected(EISDIR);
  return found;
}

OrErrno<void> SimulatedDisk::rename(Id directory, std::string_view from, std::string_view to) {
  if (!single_component(from) || !single_component(to)) return std::unexpected(EINVAL);
  SimulatedNames& names = nodes_.at(directory).names;
  const Id source = names.find(from);
  const Id target = names.find(to);
  if (source == 0) return std::unexpected(ENOENT);
  if (source == target) return {};
  if (target != 0 && nodes_.at(target).is_directory) return std::unexpected(EISDIR);
  names.rename(from, to);
  return {};
}

OrErrno<void> SimulatedDisk::unlink(Id directory, std::string_view name) {
  SimulatedNames& names = nodes_.at(directory).names;
  const Id found = names.find(name);
  if (found == 0) return std::unexpected(ENOENT);
  if (nodes_.at(found).is_directory) return std::unexpected(EISDIR);
  names.remove(name);
  return {};
}

std::vector<DirectoryEntry> SimulatedDisk::list(Id directory) const {
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, id] : nodes_.at(directory).names.now()) {
    entries.push_back({.name = name, .is_regular = !nodes_.at(id).is_directory});
  }
  return entries;
}

void SimulatedDisk::sync_names(Id directory) {
  SimulatedNames& names = nodes_.at(directory).names;
  if (names.unsynced() == 0) return;
  names.sync();
  collect();
}

OrErrno<void> SimulatedDisk::write(Id file, std::uint64_t offset, std::string_view bytes) {
  SimulatedFile& target = nodes_.at(file).file;
  if (capacity_bytes_ != kUnlimited) {
    std::uint64_t fits = bytes.size();
    const std::uint64_t free_pages = free_bytes() / kSimulatedPageBytes;
    while (fits > 0 && target.cached().holes(offset, fits) > free_pages) {
      const std::uint64_t within = (offset + fits) % kSimulatedPageBytes;
      fits -= std::min(fits, within == 0 ? kSimulatedPageBytes : within);
    }
    target.write(offset, bytes.substr(0, fits));
    if (fits < bytes.size()) return std::unexpected(ENOSPC);
    return {};
  }
  target.write(offset, bytes);
  return {};
}

OrErrno<void> SimulatedDisk::allocate(Id file, std::uint64_t length) {
  SimulatedFile& target = nodes_.at(file).file;
  const bool limited = capacity_bytes_ != kUnlimited;
  if (limited && target.cached().holes(0, length) > free_bytes() / kSimulatedPageBytes) {
    return std::unexpected(ENOSPC);
  }
  target.allocate(length);
  return {};
}

void SimulatedDisk::let_go(Id node) {
  const auto found = nodes_.find(node);
  if (found != nodes_.end() && found->second.handles > 0) --found->second.handles;
}

bool SimulatedDisk::lock(Id directory) {
  Node& node = nodes_.at(directory);
  if (node.locked) return false;
  node.locked = true;
  return true;
}

std::uint64_t SimulatedDisk::used_bytes() const {
  std::unordered_set<Id> named;
  for (const auto& [id, node] : nodes_) {
    for (const auto& [name, child] : node.names.now()) named.insert(child);
  }
  std::uint64_t pages = 0;
  for (const auto& [id, node] : nodes_) {
    if (node.handles > 0 || named.contains(id)) pages += node.file.cached().pages();
  }
  return pages * kSimulatedPageBytes;
}

std::uint64_t SimulatedDisk::free_bytes() const {
  if (capacity_bytes_ == kUnlimited) return kAmpleBytes;
  const std::uint64_t used = used_bytes();
  return capacity_bytes_ > used ? capacity_bytes_ - used : 0;
}

void SimulatedDisk::collect() {
  std::unordered_set<Id> reached{kRoot};
  for (const auto& [id, node] : nodes_) {
    for (const Id child : node.names.reachable()) reached.insert(child);
  }
  std::erase_if(nodes_, [&](const auto& entry) {
    return entry.second.handles == 0 && !reached.contains(entry.first);
  });
}

void SimulatedDisk::kill_process() {
  for (auto& [id, node] : nodes_) {
    node.handles = 0;
    node.locked = false;
  }
}

void SimulatedDisk::power_cut(Survivor how, SimulatedRandom& random) {
  kill_process();
  // In the order of creation: the seed alone decides, not the hash table.
  std::vector<Id> ids;
  ids.reserve(nodes_.size());
  for (const auto& [id, node] : nodes_) ids.push_back(id);
  std::ranges::sort(ids);
  for (const Id id : ids) {
    Node& node = nodes_.at(id);
    node.file.power_cut(how, random);
    node.names.power_cut(surviving_names(how, node.names.unsynced(), random));
  }
  collect();
}

bool SimulatedDisk::has_unsynced() const {
  return std::ranges::any_of(nodes_, [](const auto& entry) {
    return !entry.second.file.clean() || entry.second.names.unsynced() != 0;
  });
}

}  // namespace seawall::storage
