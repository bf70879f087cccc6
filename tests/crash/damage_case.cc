#include "crash/damage_case.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "crash/finished_log.h"
#include "format/group.h"
#include "storage/file/file_names.h"
#include "storage/file/simulated_random.h"

namespace seawall::crash {
namespace {

constexpr std::size_t kSector = 512;
constexpr unsigned kByteBits = 8;

struct Sector {
  std::string file;
  std::size_t offset = 0;
  std::string bytes;  ///< Fewer than 512 at the end of a file.

  [[nodiscard]] std::string name() const { return file + " " + std::to_string(offset / kSector); }
};

std::vector<Sector> sectors(const FinishedLog& log) {
  std::vector<Sector> found;
  for (const auto& [name, bytes] : log.files()) {
    if (log.parts(name).empty()) continue;
    for (std::size_t at = 0; at < bytes.size(); at += kSector) {
      found.push_back({.file = name, .offset = at, .bytes = bytes.substr(at, kSector)});
    }
  }
  return found;
}

DamageCase flip(const FinishedLog& log, const std::string& file, std::size_t at, unsigned bit) {
  std::string bytes = log.files().at(file);
  bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << bit));
  return {.kind = "bit flipped",
          .what = file + ", bit " + std::to_string(bit) + " of byte " + std::to_string(at),
          .files = {{file, std::move(bytes)}}};
}

DamageCase cut(const FinishedLog& log, const std::string& file, std::size_t length) {
  return {.kind = "file cut",
          .what = file + " cut to " + std::to_string(length),
          .files = {{file, log.files().at(file).substr(0, length)}}};
}

/// Writes `bytes` over `sector`, as far as it goes.
void overwrite(const FinishedLog& log, DamageCase& damage, const Sector& sector,
               std::string_view bytes) {
  std::optional<std::string>& file = damage.files[sector.file];
  if (!file) file = log.files().at(sector.file);
  const std::size_t length = std::min(bytes.size(), sector.bytes.size());
  file->replace(sector.offset, length, bytes.substr(0, length));
}

DamageCase zero(const FinishedLog& log, const Sector& sector) {
  DamageCase damage{.kind = "sector zeroed", .what = sector.name() + " zeroed", .files = {}};
  overwrite(log, damage, sector, std::string(kSector, '\0'));
  return damage;
}

DamageCase copy(const FinishedLog& log, const Sector& from, const Sector& to) {
  DamageCase damage{.kind = "sector copied",
                    .what = from.name() + " written over " + to.name(),
                    .files = {},
                    .moves_bytes = true};
  overwrite(log, damage, to, from.bytes);
  return damage;
}

DamageCase swap(const FinishedLog& log, const Sector& one, const Sector& two) {
  DamageCase damage{.kind = "sectors swapped",
                    .what = one.name() + " swapped with " + two.name(),
                    .files = {},
                    .moves_bytes = true};
  overwrite(log, damage, one, two.bytes);
  overwrite(log, damage, two, one.bytes);
  return damage;
}

/// Bytes that cannot be read are judged as if all were other ones.
DamageCase lose(const FinishedLog& log, const std::string& file, std::size_t begin,
                std::size_t length) {
  std::string bytes = log.files().at(file);
  const std::size_t end = std::min(begin + length, bytes.size());
  for (std::size_t at = begin; at < end; ++at) bytes[at] = static_cast<char>(~bytes[at]);
  return {
      .kind = "unreadable",
      .what = file + ": " + std::to_string(begin) + " to " + std::to_string(end) + " unreadable",
      .files = {{file, std::move(bytes)}},
      .unreadable = DamageCase::Range{.file = file, .begin = begin, .end = end}};
}

bool is_zeros(const Sector& sector) {
  return sector.bytes.find_first_not_of('\0') == std::string::npos;
}

DamageCase remove(const std::string& file) {
  return {.kind = "file deleted", .what = file + " deleted", .files = {{file, std::nullopt}}};
}

DamageCase put_back(const std::string& file, const std::string& bytes, std::size_t index) {
  return {.kind = "older copy",
          .what = file + ", copy " + std::to_string(index) + " put back",
          .files = {{file, bytes}}};
}

void note(std::vector<std::size_t>& groups, std::size_t group) {
  if (groups.empty() || groups.back() != group) groups.push_back(group);
}

void compare(const FilePart& part, std::string_view sound, std::string_view damaged,
             Wounds& wounds) {
  const auto bytes = [&](std::string_view file, std::size_t length) {
    return part.begin < file.size() ? file.substr(part.begin, length) : std::string_view();
  };
  const std::size_t length = part.end - part.begin;
  if (bytes(sound, length) == bytes(damaged, length)) return;
  if (!part.group) {
    wounds.other = true;
    return;
  }
  if (!sound.substr(part.begin).starts_with(format::kGroupMagic)) {
    note(wounds.starts, *part.group);
    return;
  }
  note(wounds.groups, *part.group);
  constexpr std::size_t kHead = format::kGroupHeaderBytes;
  if (bytes(sound, kHead) != bytes(damaged, kHead)) note(wounds.heads, *part.group);
}

}  // namespace

Wounds wounds(const FinishedLog& log, const DamageCase& damage) {
  Wounds found;
  for (const auto& [name, bytes] : damage.files) {
    const auto sound = log.files().find(name);
    if (sound == log.files().end()) continue;
    const storage::FileKind kind = storage::classify(name).kind;
    // A directory only tells what is lost with its segment.
    if (kind == storage::FileKind::kDirectory) continue;
    const bool before = found.other;
    for (const FilePart& part : log.parts(name)) {
      compare(part, sound->second, bytes.value_or(""), found);
    }
    if (found.other == before) continue;
    if (kind == storage::FileKind::kMark) found.mark = std::exchange(found.other, before);
    if (kind == storage::FileKind::kObject) found.object = std::exchange(found.other, before);
  }
  std::ranges::sort(found.groups);
  std::ranges::sort(found.heads);
  return found;
}

// What a checkpoint lost is seen when it is read, and told there.
bool looks_like_a_torn_tail(const FinishedLog& log, const Wounds& wounds, Lsn lsn) {
  if (wounds.other || (wounds.groups.empty() && wounds.starts.empty())) return false;
  std::size_t first = log.groups().size();
  if (!wounds.groups.empty()) first = wounds.groups.front();
  if (!wounds.starts.empty()) first = std::min(first, wounds.starts.front());
  if (log.groups()[first].first.value != lsn.value + 1) return false;
  for (std::size_t later = first + 1; later < log.groups().size(); ++later) {
    if (!std::ranges::binary_search(wounds.heads, later)) return false;
  }
  return true;
}

void for_each_flipped_bit(const FinishedLog& log, bool every_bit, const DamageSink& sink) {
  constexpr std::size_t kStep = 77;
  for (const auto& [name, bytes] : log.files()) {
    const std::vector<FilePart>& parts = log.parts(name);
    if (parts.empty()) continue;
    auto part = parts.begin();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      while (part != parts.end() && part->end <= at) ++part;
      const bool is_part = part != parts.end() && part->begin <= at;
      for (unsigned bit = 0; bit < kByteBits; ++bit) {
        if (is_part || every_bit || (at * kByteBits + bit) % kStep == 0) {
          sink(flip(log, name, at, bit));
        }
      }
    }
  }
}

void for_each_truncation(const FinishedLog& log, const DamageSink& sink) {
  for (const auto& [name, bytes] : log.files()) {
    if (log.parts(name).empty()) continue;
    for (std::size_t length = 0; length < bytes.size(); ++length) sink(cut(log, name, length));
  }
}

void for_each_zeroed_sector(const FinishedLog& log, const DamageSink& sink) {
  for (const Sector& sector : sectors(log)) {
    if (!is_zeros(sector)) sink(zero(log, sector));
  }
}

void for_each_unreadable_sector(const FinishedLog& log, const DamageSink& sink) {
  constexpr std::size_t kBlock = 4096;
  for (const auto& [name, bytes] : log.files()) {
    if (log.parts(name).empty()) continue;
    for (const std::size_t length : {kSector, kBlock}) {
      for (std::size_t at = 0; at < bytes.size(); at += length) sink(lose(log, name, at, length));
    }
  }
}

void for_each_copied_sector(const FinishedLog& log, const DamageSink& sink) {
  const std::vector<Sector> all = sectors(log);
  for (const Sector& from : all) {
    if (is_zeros(from)) continue;
    for (const Sector& to : all) {
      if (from.bytes != to.bytes) sink(copy(log, from, to));
    }
  }
}

void for_each_swap_of_sectors(const FinishedLog& log, const DamageSink& sink) {
  const std::vector<Sector> all = sectors(log);
  for (auto one = all.begin(); one != all.end(); ++one) {
    for (auto two = std::next(one); two != all.end(); ++two) {
      if (one->bytes != two->bytes) sink(swap(log, *one, *two));
    }
  }
}

void for_each_deleted_file(const FinishedLog& log, const DamageSink& sink) {
  for (const auto& [name, bytes] : log.files()) sink(remove(name));
}

void for_each_older_copy(const FinishedLog& log, const DamageSink& sink) {
  for (const auto& [name, copies] : log.older()) {
    const auto now = log.files().find(name);
    std::size_t index = 0;
    for (const std::string& bytes : copies) {
      if (now == log.files().end() || now->second != bytes) sink(put_back(name, bytes, index));
      ++index;
    }
  }
}

DamageCase random_damage(const FinishedLog& log, storage::SimulatedRandom& random) {
  const std::vector<Sector> all = sectors(log);
  const Sector& one = all[random.below(all.size())];
  const Sector& two = all[random.below(all.size())];
  const std::size_t at = one.offset + random.below(one.bytes.size());
  constexpr std::uint64_t kKinds = 7;
  switch (random.below(kKinds)) {
    case 0:
      return cut(log, one.file, at);
    case 1:
      return zero(log, one);
    case 2:
      return copy(log, one, two);
    case 3:
      return swap(log, one, two);
    case 4:
      return remove(one.file);
    case 5: {
      const auto older = std::next(log.older().begin(),
                                   static_cast<std::ptrdiff_t>(random.below(log.older().size())));
      const std::size_t index = random.below(older->second.size());
      return put_back(older->first,
                      *std::next(older->second.begin(), static_cast<std::ptrdiff_t>(index)), index);
    }
    default:
      return flip(log, one.file, at, static_cast<unsigned>(random.below(kByteBits)));
  }
}

}  // namespace seawall::crash
