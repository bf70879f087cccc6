#pragma once

/// \file
/// Which entry of a client a checkpoint must have, and when the client may be forgotten: one table
/// for rounds, the loader, rebuilding and forgetting. Enumerated by entry_rule_test.cc.
///
///   remembered  newest entry  older ones  it moves | the next round writes
///   yes         any           any         any      | an entry
///   no          none          no          any      | nothing
///   no          void          no          any      | nothing: it voids nothing any more
///   no          void          yes         no       | nothing: it voids the older ones already
///   no          void          yes         yes      | a tombstone
///   no          speaks        any         any      | a tombstone
///
/// A tombstone says only that there is no life, so that older entries, which the log no longer
/// contradicts once it is trimmed, are not taken for the client's.

#include <cstdint>

namespace seawall::state {

/// What there is to know of a client beside its records.
struct Remembered {
  bool exists = false;         ///< It has a current life.
  bool ended = false;          ///< It was cleared with keep_ids.
  bool has_clear_ids = false;  ///< Keys of its clears outlive its lives.
  bool quarantined = false;    ///< It may have lost records.
  bool proven = false;         ///< Under a quarantine of unknown clients it is known to be whole.

  [[nodiscard]] constexpr bool any() const {
    return exists || ended || has_clear_ids || quarantined || proven;
  }
};

/// What the newest entry of a client says. An entry is void when it has nothing to remember.
enum class NewestEntry : std::uint8_t { kNone, kVoid, kSpeaks };

[[nodiscard]] constexpr NewestEntry newest_entry(bool is_there, const Remembered& says) {
  if (!is_there) return NewestEntry::kNone;
  return says.any() ? NewestEntry::kSpeaks : NewestEntry::kVoid;
}

struct EntryEvidence {
  bool remembered = false;  ///< There is something to know of the client.
  NewestEntry newest = NewestEntry::kNone;
  bool has_older = false;  ///< Live objects have entries of it beside the newest.
  bool moves = false;      ///< The newest entry's object is about to go.
};

enum class NextEntry : std::uint8_t { kNothing, kTombstone, kEntry };

[[nodiscard]] constexpr NextEntry next_entry(const EntryEvidence& evidence) {
  if (evidence.remembered) return NextEntry::kEntry;
  switch (evidence.newest) {
    case NewestEntry::kNone:
      return NextEntry::kNothing;
    case NewestEntry::kVoid:
      return evidence.has_older && evidence.moves ? NextEntry::kTombstone : NextEntry::kNothing;
    case NewestEntry::kSpeaks:
      return NextEntry::kTombstone;
  }
  return NextEntry::kTombstone;
}

/// Nothing is left to know of the client, in memory or in any object, and no round will ask for it.
[[nodiscard]] constexpr bool may_forget(const EntryEvidence& evidence, bool dirty) {
  return !evidence.remembered && evidence.newest == NewestEntry::kNone && !evidence.has_older &&
         !dirty;
}

}  // namespace seawall::state
