#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/types.h"

#include "base/coding.h"
#include "state/dedup_seen.h"
#include "state/dedup_set.h"
#include "state/id_ranges.h"

namespace seawall::state {
namespace {

constexpr std::uint64_t kIdMax = INT64_MAX;

// Bits a byte of a varint carries.
constexpr unsigned kVarintBits = 7;

// Fewest bytes of an encoded range (gap, length), text (length, one byte) and producer (empty name,
// a range, no texts of either kind). Counts above what the bytes left can hold are lies.
constexpr std::size_t kRangeBytesMin = 2;
constexpr std::size_t kTextBytesMin = 2;
constexpr std::size_t kProducerBytesMin = 6;
constexpr std::size_t kTimedBytesMin = 3;

void put_range(std::string& out, std::uint64_t base, const IdRange& range) {
  base::put_varint(out, range.first - base);
  base::put_varint(out, range.last - range.first);
}

// The first value the range after `range` may begin at: one more would be adjacent.
std::uint64_t base_after(const IdRange& range) {
  return range.last + 2;
}

// A varint that has no zero bits to spare; the reader alone accepts 0x80 0x00 for 0.
std::uint64_t read_shortest(base::Reader& reader) {
  const std::size_t before = reader.remaining();
  const std::uint64_t value = reader.varint();
  const std::size_t used = before - reader.remaining();
  if (reader.ok() && used > 1 && value >> (kVarintBits * (used - 1)) == 0) reader.fail();
  return value;
}

std::uint64_t read_count(base::Reader& reader, std::size_t item_bytes_min) {
  const std::uint64_t count = read_shortest(reader);
  if (count > reader.remaining() / item_bytes_min) reader.fail();
  return reader.ok() ? count : 0;
}

std::string_view read_name(base::Reader& reader) {
  const std::uint64_t length = read_shortest(reader);
  if (length > kNameBytesMax) reader.fail();
  return reader.raw(length);
}

std::string_view read_text(base::Reader& reader, std::string_view previous) {
  const std::string_view text = read_name(reader);
  // BatchId knows which strings are texts: not empty, not too long, not an integer.
  if (text <= previous || !BatchId(text).is_text()) reader.fail();
  return text;
}

IdRanges read_ranges(base::Reader& reader) {
  IdRanges ranges;
  std::uint64_t base = 0;
  for (std::uint64_t left = read_count(reader, kRangeBytesMin); left > 0; --left) {
    const std::uint64_t gap = read_shortest(reader);
    const std::uint64_t span = read_shortest(reader);
    if (base > kIdMax || gap > kIdMax - base || span > kIdMax - base - gap) reader.fail();
    if (!reader.ok()) return ranges;
    const IdRange range{base + gap, base + gap + span};
    ranges.push_back(range);
    base = base_after(range);
  }
  return ranges;
}

// One run of integers of producer "" is what nearly every client has: read without touching the
// heap. Nothing when there is anything else, or anything wrong.
std::optional<IdRange> read_single_run(base::Reader& reader) {
  const bool is_single = reader.le<std::uint8_t>() == 1 && reader.le<std::uint8_t>() == 0 &&
                         reader.le<std::uint8_t>() == 1;
  if (!is_single) return std::nullopt;
  const std::uint64_t first = read_shortest(reader);
  const std::uint64_t span = read_shortest(reader);
  const bool has_texts = reader.le<std::uint8_t>() != 0 || reader.le<std::uint8_t>() != 0;
  if (!reader.ok() || has_texts || first > kIdMax || span > kIdMax - first) return std::nullopt;
  return IdRange{first, first + span};
}

}  // namespace

void DedupSets::encode_seen(std::string& out, const Seen* seen, const IdRange* top,
                            std::uint64_t oldest_us) {
  const std::size_t below = seen != nullptr ? seen->integers.size() : 0;
  base::put_varint(out, below + (top != nullptr ? 1 : 0));
  std::uint64_t base = 0;
  const auto put = [&](const IdRange& range) {
    put_range(out, base, range);
    base = base_after(range);
  };
  if (seen != nullptr) seen->integers.for_each(put);
  if (top != nullptr) put(*top);
  base::put_varint(out, seen != nullptr ? seen->texts.size() : 0);
  if (seen != nullptr) {
    for (const std::string& text : seen->texts) base::put_bytes(out, text);
  }
  base::put_varint(out, seen != nullptr ? seen->timed.size() - seen->count_before(oldest_us) : 0);
  if (seen == nullptr) return;
  for (const auto& [text, time_us] : seen->timed) {
    if (time_us < oldest_us) continue;
    base::put_bytes(out, text);
    base::put_varint(out, time_us);
  }
}

void DedupSets::encode(std::string& out, std::uint64_t oldest_us) const {
  const Seen* own = rest_ != nullptr ? &rest_->own : nullptr;
  const bool has_own = has_top() || (own != nullptr && !own->empty_since(oldest_us));
  std::size_t others = 0;
  if (rest_ != nullptr) {
    others = static_cast<std::size_t>(std::ranges::count_if(
        rest_->others, [&](const auto& other) { return !other.second.empty_since(oldest_us); }));
  }
  base::put_varint(out, others + (has_own ? 1 : 0));
  if (has_own) {
    base::put_bytes(out, "");
    encode_seen(out, own, has_top() ? &top_ : nullptr, oldest_us);
  }
  if (others == 0) return;
  for (const auto& [producer, seen] : rest_->others) {
    if (seen.empty_since(oldest_us)) continue;
    base::put_bytes(out, producer);
    encode_seen(out, &seen, nullptr, oldest_us);
  }
}

DedupSets::Seen DedupSets::decode_seen(base::Reader& reader) {
  Seen seen;
  seen.integers = read_ranges(reader);
  std::string_view previous;
  for (std::uint64_t left = read_count(reader, kTextBytesMin); left > 0; --left) {
    const std::string_view text = read_text(reader, previous);
    if (!reader.ok()) return seen;
    seen.insert_text(std::string(text));
    previous = text;
  }
  decode_timed(reader, seen);
  if (seen.empty()) reader.fail();
  return seen;
}

void DedupSets::decode_timed(base::Reader& reader, Seen& seen) {
  std::string_view previous;
  for (std::uint64_t left = read_count(reader, kTimedBytesMin); left > 0; --left) {
    const std::string_view text = read_text(reader, previous);
    const std::uint64_t time_us = read_shortest(reader);
    if (!reader.ok()) return;
    if (!seen.insert_timed(std::string(text), time_us)) reader.fail();
    previous = text;
  }
}

std::optional<DedupSets> DedupSets::decode(base::Reader& reader) {
  DedupSets result;
  base::Reader ahead = reader;
  if (const auto run = read_single_run(ahead)) {
    reader = ahead;
    result.top_ = *run;
    return result;
  }
  std::optional<std::string_view> previous;
  for (std::uint64_t left = read_count(reader, kProducerBytesMin); left > 0; --left) {
    const std::string_view producer = read_name(reader);
    Seen seen = decode_seen(reader);
    if (previous && producer <= *previous) reader.fail();
    if (!reader.ok()) return std::nullopt;
    result.adopt(producer, std::move(seen));
    previous = producer;
  }
  if (!reader.ok()) return std::nullopt;
  return result;
}

void DedupSets::adopt(std::string_view producer, Seen&& seen) {
  if (!producer.empty()) {
    adopt_seen(producer, std::move(seen));
    return;
  }
  if (!seen.integers.empty()) {
    top_ = seen.integers.back();
    seen.integers.pop_back();
  }
  if (!seen.empty()) adopt_seen("", std::move(seen));
}

}  // namespace seawall::state
