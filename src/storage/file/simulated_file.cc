#include "storage/file/simulated_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "storage/file/simulated_content.h"
#include "storage/file/simulated_random.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::storage {
namespace {

constexpr std::uint64_t kSector = kSimulatedSectorBytes;

/// Calls `part(sector, offset, bytes)` for each sector that `bytes` at `offset` touch.
template <class Part>
void for_sectors(std::uint64_t offset, std::string_view bytes, const Part& part) {
  while (!bytes.empty()) {
    const std::size_t length = std::min<std::uint64_t>(kSector - offset % kSector, bytes.size());
    part(offset / kSector, offset, bytes.substr(0, length));
    bytes.remove_prefix(length);
    offset += length;
  }
}

std::string noise(SimulatedRandom& random) {
  std::string bytes(kSector, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

}  // namespace

void SimulatedFile::write(std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  make_readable(offset, offset + bytes.size());
  cached_.write(offset, bytes);
  changes_.push_back({offset, std::string(bytes)});
}

void SimulatedFile::make_readable(std::uint64_t begin, std::uint64_t end) {
  if (unreadable_.empty()) return;
  for (const auto& [first, last] : std::exchange(unreadable_, {})) {
    if (first < begin) unreadable_.emplace(first, std::min(last, begin));
    if (last > end) unreadable_.emplace(std::max(first, end), last);
  }
}

void SimulatedFile::make_unreadable(std::uint64_t begin, std::uint64_t end) {
  make_readable(begin, end);
  unreadable_.emplace(begin, end);
}

bool SimulatedFile::is_unreadable(std::uint64_t offset, std::uint64_t length) const {
  // As a read, which ends where the file does.
  if (offset >= cached_.size()) return false;
  const std::uint64_t end = offset + std::min(length, cached_.size() - offset);
  return std::ranges::any_of(
      unreadable_, [&](const auto& range) { return range.first < end && offset < range.second; });
}

void SimulatedFile::allocate(std::uint64_t length) {
  cached_.fill_holes(length);
  if (cached_.size() < length) cached_.resize(length);
  changes_.push_back({length, {}});
}

void SimulatedFile::apply(const Change& change) {
  if (!change.bytes.empty()) {
    durable_.write(change.offset, change.bytes);
    return;
  }
  durable_.fill_holes(change.offset);
  if (durable_.size() < change.offset) durable_.resize(change.offset);
}

void SimulatedFile::sync_first(std::size_t count) {
  const bool pages_alike = !lost_bytes_ && count == changes_.size();
  for (std::size_t index = 0; index < count; ++index) {
    const Change& change = changes_[index];
    if (pages_alike && !change.bytes.empty()) {
      durable_.share(cached_, change.offset, change.bytes.size());
    } else {
      apply(change);
    }
  }
  changes_.clear();
}

void SimulatedFile::fail_sync(SimulatedRandom& random, bool partly) {
  if (changes_.empty()) return;
  const std::size_t count = partly ? random.below(changes_.size()) : 0;
  sync_first(count);
  lost_bytes_ = true;
}

void SimulatedFile::replace(std::string_view bytes) {
  *this = SimulatedFile();
  write(0, bytes);
  sync();
}

void SimulatedFile::power_cut(Survivor how, SimulatedRandom& random) {
  switch (how) {
    case Survivor::kNothing:
      break;
    case Survivor::kEverything:
      for (const Change& change : changes_) apply(change);
      break;
    case Survivor::kPrefix:
      keep_prefix(random);
      break;
    case Survivor::kRandomSectors:
      keep_sectors(random);
      break;
    case Survivor::kZeroSectors:
      zero_sectors(random);
      break;
    case Survivor::kStale:
      durable_.resize(std::max(durable_.size(), cached_.size()));
      break;
    case Survivor::kTornPages:
      tear_pages(random);
      break;
  }
  changes_.clear();
  cached_ = durable_;
  lost_bytes_ = false;
}

void SimulatedFile::keep_prefix(SimulatedRandom& random) {
  const std::size_t whole = random.below(changes_.size() + 1);
  for (std::size_t index = 0; index < whole; ++index) apply(changes_[index]);
  if (whole == changes_.size()) return;
  const Change& cut = changes_[whole];
  const std::uint64_t first = cut.offset / kSector;
  const std::uint64_t sectors = (cut.offset + cut.bytes.size()) / kSector - first + 1;
  const std::uint64_t end = first + random.below(sectors);
  for_sectors(cut.offset, cut.bytes,
              [&](std::uint64_t sector, std::uint64_t offset, std::string_view bytes) {
                if (sector < end) durable_.write(offset, bytes);
              });
}

void SimulatedFile::keep_sectors(SimulatedRandom& random) {
  const std::uint64_t old_size = durable_.size();
  const bool new_size = random.coin();
  // A sector holds the changes before its own moment: it may have been written back early.
  std::map<std::uint64_t, std::size_t> moments;
  for (std::size_t index = 0; index < changes_.size(); ++index) {
    const Change& change = changes_[index];
    if (change.bytes.empty()) apply(change);
    for_sectors(change.offset, change.bytes,
                [&](std::uint64_t sector, std::uint64_t offset, std::string_view bytes) {
                  const auto drawn = moments.try_emplace(sector, 0);
                  if (drawn.second) drawn.first->second = random.below(changes_.size() + 1);
                  if (index < drawn.first->second) durable_.write(offset, bytes);
                });
  }
  durable_.resize(new_size ? std::max(old_size, cached_.size()) : old_size);
}

void SimulatedFile::zero_sectors(SimulatedRandom& random) {
  const bool all = random.coin();
  durable_.resize(std::max(durable_.size(), cached_.size()));
  std::map<std::uint64_t, bool> zeroed;
  for (const Change& change : changes_) {
    for_sectors(change.offset, change.bytes,
                [&](std::uint64_t sector, std::uint64_t offset, std::string_view bytes) {
                  const auto drawn = zeroed.try_emplace(sector, all);
                  if (drawn.second && !all) drawn.first->second = random.coin();
                  durable_.write(offset, drawn.first->second ? std::string(bytes.size(), '\0')
                                                             : std::string(bytes));
                });
  }
}

void SimulatedFile::tear_pages(SimulatedRandom& random) {
  constexpr std::uint64_t kSectorsPerPage = kSimulatedPageBytes / kSector;
  std::set<std::uint64_t> pages;
  for (const Change& change : changes_) {
    for_sectors(change.offset, change.bytes,
                [&](std::uint64_t sector, std::uint64_t, std::string_view) {
                  pages.insert(sector / kSectorsPerPage);
                });
  }
  keep_sectors(random);
  const std::uint64_t size = durable_.size();
  for (const std::uint64_t page : pages) {
    for (std::uint64_t sector = 0; sector < kSectorsPerPage; ++sector) {
      const std::uint64_t offset = page * kSimulatedPageBytes + sector * kSector;
      const std::uint64_t fate = random.below(4);
      if (offset >= size || fate > 1) continue;
      durable_.write(offset, fate == 0 ? std::string(kSector, '\0') : noise(random));
    }
  }
  durable_.resize(size);
}

}  // namespace seawall::storage
