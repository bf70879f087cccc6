#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/file/simulated_content.h"
#include "storage/file/simulated_random.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::storage {

/// One file of the simulated machine: what the page cache shows, what the medium holds, and the
/// changes between the two in order.
class SimulatedFile {
 public:
  [[nodiscard]] const SimulatedContent& cached() const { return cached_; }
  [[nodiscard]] bool clean() const { return changes_.empty(); }

  void write(std::uint64_t offset, std::string_view bytes);
  void allocate(std::uint64_t length);
  /// Makes every change durable.
  void sync() { sync_first(changes_.size()); }
  /// Fails a sync as Linux does: the first `count` changes reached the medium, the others never
  /// will, and all count as clean.
  void fail_sync(SimulatedRandom& random, bool partly);
  /// Replaces cached and durable content.
  void replace(std::string_view bytes);
  void power_cut(Survivor how, SimulatedRandom& random);

  /// From now on reading a byte of [`begin`, `end`) fails. A write gives the bytes it covers back,
  /// as a device does that puts another sector in a bad one's place.
  void make_unreadable(std::uint64_t begin, std::uint64_t end);
  [[nodiscard]] bool is_unreadable(std::uint64_t offset, std::uint64_t length) const;

 private:
  /// A write, or with no bytes an allocation up to `offset`.
  struct Change {
    std::uint64_t offset;
    std::string bytes;
  };

  void make_readable(std::uint64_t begin, std::uint64_t end);
  void sync_first(std::size_t count);
  void apply(const Change& change);
  void keep_prefix(SimulatedRandom& random);
  void keep_sectors(SimulatedRandom& random);
  void zero_sectors(SimulatedRandom& random);
  void tear_pages(SimulatedRandom& random);

  SimulatedContent cached_;
  SimulatedContent durable_;
  std::vector<Change> changes_;
  std::map<std::uint64_t, std::uint64_t> unreadable_;  ///< Ranges: begin to end.
  /// Set once a failed sync left bytes in the cache that the medium does not hold: pages are then
  /// no longer alike outside the changes.
  bool lost_bytes_ = false;
};

}  // namespace seawall::storage
