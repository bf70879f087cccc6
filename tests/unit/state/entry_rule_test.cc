// The table of which entry a client must have next and when it may be forgotten, over all inputs,
// against what an entry is for: after the round, what a reopen would read must be what is known.

#include "state/entry_rule.h"

#include <cstdint>

#include <gtest/gtest.h>

#include "seawall/types.h"

#include "format/checkpoint.h"
#include "state/entry_trail.h"
#include "state/named_client.h"

namespace seawall::state {
namespace {

/// What a reopen takes for the client's state, from its entries alone.
enum class Read : std::uint8_t { kNothing, kWhatIsRemembered, kSomethingOld };

Read read_after(const EntryEvidence& evidence, NextEntry written) {
  switch (written) {
    case NextEntry::kEntry:
      return Read::kWhatIsRemembered;
    case NextEntry::kTombstone:
      return Read::kNothing;
    case NextEntry::kNothing:
      break;
  }
  // An entry that moves is gone with its object, and older ones come to light.
  const bool newest_stays = evidence.newest != NewestEntry::kNone && !evidence.moves;
  if (newest_stays) {
    return evidence.newest == NewestEntry::kVoid ? Read::kNothing : Read::kSomethingOld;
  }
  return evidence.has_older ? Read::kSomethingOld : Read::kNothing;
}

TEST(EntryRule, EveryInput) {
  int inputs = 0;
  for (const bool remembered : {false, true}) {
    for (const auto newest : {NewestEntry::kNone, NewestEntry::kVoid, NewestEntry::kSpeaks}) {
      for (const bool has_older : {false, true}) {
        // The newest is none only when there are no entries at all.
        if (newest == NewestEntry::kNone && has_older) continue;
        for (const bool moves : {false, true}) {
          const EntryEvidence evidence{remembered, newest, has_older, moves};
          const NextEntry next = next_entry(evidence);
          EXPECT_EQ(read_after(evidence, next),
                    remembered ? Read::kWhatIsRemembered : Read::kNothing);
          // A tombstone is for older entries: without any it would keep its object for nothing.
          if (newest == NewestEntry::kNone || (newest == NewestEntry::kVoid && !has_older)) {
            EXPECT_NE(next, NextEntry::kTombstone);
          }
          for (const bool dirty : {false, true}) {
            const bool nothing_left = !remembered && newest == NewestEntry::kNone && !dirty;
            EXPECT_EQ(may_forget(evidence, dirty), nothing_left);
            ++inputs;
          }
        }
      }
    }
  }
  EXPECT_EQ(inputs, 2 * 5 * 2 * 2);
}

TEST(EntryRule, AnEntryIsVoidWhenNothingIsRemembered) {
  for (unsigned bits = 0; bits < 32; ++bits) {
    const Remembered says{(bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0, (bits & 8U) != 0,
                          (bits & 16U) != 0};
    EXPECT_EQ(newest_entry(false, says), NewestEntry::kNone);
    EXPECT_EQ(newest_entry(true, says), bits == 0 ? NewestEntry::kVoid : NewestEntry::kSpeaks);
  }
}

TEST(EntryTrail, CountsEntriesThroughALife) {
  EntryTrail trail;
  EXPECT_EQ(trail.newest(), NewestEntry::kNone);
  EXPECT_EQ(trail.body(), format::BodyPlace{});
  trail.adopt(3, {3, 64, 100}, Lsn{7}, false);
  EXPECT_EQ(trail.newest(), NewestEntry::kSpeaks);
  EXPECT_FALSE(trail.has_older());
  trail.adopt(4, {}, Lsn{9}, true);
  EXPECT_EQ(trail.newest(), NewestEntry::kVoid);
  EXPECT_TRUE(trail.has_older());
  EXPECT_FALSE(trail.is_spent()) << "it voids the entry in object 3";
  trail.lose_one();
  EXPECT_TRUE(trail.is_spent());
  trail.retire();
  EXPECT_FALSE(trail.is_spent());
  EXPECT_EQ(trail.newest(), NewestEntry::kVoid) << "it is still there";
  // A new life's entry beside the retired one: the client is not void any more.
  trail.adopt(5, {5, 64, 100}, Lsn{11}, false);
  trail.lose_one();
  EXPECT_EQ(trail.newest(), NewestEntry::kSpeaks);
  EXPECT_FALSE(trail.has_older());
  trail.lose_one();
  EXPECT_EQ(trail.newest(), NewestEntry::kNone);
}

TEST(EntryTrail, HoldsPlacesOfAnySize) {
  const std::uint64_t number = (std::uint64_t{1} << 40) + 5;
  const format::BodyPlace place{number, format::kBodyOffsetMax, format::kBodyBytesMax};
  EntryTrail trail;
  trail.adopt(number, place, Lsn{1}, false);
  EXPECT_EQ(trail.body(), place);
  EXPECT_EQ(trail.object(), number);
  for (int i = 0; i < 10; ++i) trail.count_older();
  EXPECT_EQ(trail.body(), place);
}

TEST(EntryTrail, LeavesClientsSmall) {
  EXPECT_EQ(sizeof(NamedClient), 104U);
}

}  // namespace
}  // namespace seawall::state
