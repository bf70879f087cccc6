#pragma once

#include <cstdint>

#include "seawall/types.h"

#include "base/check.h"
#include "format/checkpoint.h"
#include "state/entry_rule.h"

namespace seawall::state {

/// Where a client's newest entry and its state lie, as far as space is concerned.
struct EntryPlaces {
  std::uint64_t object = 0;  ///< Object whose index has the entry, 0 for none that counts.
  format::BodyPlace body;
  format::BodyPlace base;
};

/// The trail of entries that checkpoint rounds left of one client in live objects: how many there
/// are, what the newest says and where it lies. Only rounds and the loader change it, by these
/// steps:
///
///   round publishes an entry        -> adopt
///   loader finds an older entry     -> count_older
///   object with an entry is removed -> lose_one
///   void entry is all that is left  -> retire
///
/// A published entry is always adopted, also when the client was cleared while the round ran: it is
/// the newest entry all the same, of a former life. `up_to` then lies below the client's
/// `incarnation`, so that nobody reads it as the current life's.
///
/// Packed into 28 bytes, because one lies in every client.
class EntryTrail {
 public:
  [[nodiscard]] Lsn up_to() const { return up_to_; }
  /// Object that counts the newest entry as live, 0 for none.
  [[nodiscard]] std::uint64_t object() const { return object_; }
  /// The newest entry's body; nowhere when it has none.
  [[nodiscard]] format::BodyPlace body() const {
    if (body_bytes() == 0) return {};
    return {object_, body_offset_, body_bytes()};
  }
  [[nodiscard]] NewestEntry newest() const {
    return newest_entry(entries_ > 0, {.exists = is_void_ == 0});
  }
  [[nodiscard]] bool has_older() const { return entries_ > 1; }

  /// The entry in `object`, with its body (nowhere for none), is the newest from here on.
  void adopt(std::uint64_t object, const format::BodyPlace& body, Lsn up_to, bool is_void) {
    SEAWALL_CHECK(object != 0 && (body.object == 0 || body.object == object));
    SEAWALL_CHECK(body.offset <= format::kBodyOffsetMax && body.length <= format::kBodyBytesMax);
    count_older();
    object_ = object;
    up_to_ = up_to;
    body_offset_ = static_cast<std::uint32_t>(body.offset);
    body_bytes_low_ = static_cast<std::uint32_t>(body.length);
    body_bytes_high_ = static_cast<std::uint32_t>(body.length >> kLowBits) & kHighMask;
    is_void_ = is_void ? 1 : 0;
  }

  void count_older() {
    if (entries_ < kEntriesMax) ++entries_;
  }

  void lose_one() {
    // Beyond what can be counted the client is never forgotten, which harms nothing.
    if (entries_ < kEntriesMax && entries_ > 0) --entries_;
  }

  /// Returns whether the newest entry only says that there is no life, to no other entry.
  [[nodiscard]] bool is_spent() const { return entries_ == 1 && is_void_ != 0 && object_ != 0; }

  /// A spent entry no longer keeps its object alive.
  void retire() { object_ = 0; }

 private:
  static constexpr unsigned kLowBits = 32;
  static constexpr std::uint32_t kHighMask = 0xff;
  static constexpr std::uint32_t kEntriesMax = (1U << 23) - 1;

  [[nodiscard]] std::uint64_t body_bytes() const {
    return (std::uint64_t{body_bytes_high_} << kLowBits) | body_bytes_low_;
  }

  Lsn up_to_;                         // what the newest entry covers
  std::uint64_t object_ = 0;          // whose index has the newest entry, 0 for none that counts
  std::uint32_t body_offset_ = 0;     // of the newest entry's body
  std::uint32_t body_bytes_low_ = 0;  // 0, with the high ones, when there is no body
  std::uint32_t entries_ : 23 = 0;    // in live objects, void ones included
  std::uint32_t is_void_ : 1 = 0;     // the newest says only that there is no life
  std::uint32_t body_bytes_high_ : 8 = 0;
};

}  // namespace seawall::state
