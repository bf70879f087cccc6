#include "interpreters/member_index.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/keyed_hash.h"

namespace seawall::interpreters {

std::uint64_t member_hash(std::string_view name) {
  return base::hash_bytes(name);
}

void MemberIndex::add(std::uint64_t hash) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  std::size_t at = home(hash);
  while (slots_[at].next != 0) at = after(at);
  slots_[at] = {.hash = hash, .next = ++size_};
}

// The last member's slot is the end of every search that passes it: nothing was added after it that
// could stand behind it. So the slot can simply be freed. That holds after `grow` as well, which
// puts the members into the new slots in the order in which they were added.
void MemberIndex::remove_last(std::uint64_t hash) noexcept {
  std::size_t at = home(hash);
  while (slots_[at].next != size_) at = after(at);
  slots_[at] = {};
  --size_;
}

void MemberIndex::grow() {
  constexpr std::size_t kFirst = 8;
  std::vector<std::uint64_t> hashes(size_);
  for (const Slot& slot : slots_) {
    if (slot.next != 0) hashes[slot.next - 1] = slot.hash;
  }
  std::vector<Slot> slots(std::max(kFirst, 2 * slots_.size()));
  slots_ = std::move(slots);  // from here on nothing fails
  size_ = 0;
  for (const std::uint64_t hash : hashes) add(hash);
}

std::size_t MemberIndex::longest_search() const {
  std::size_t longest = 0;
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    if (slots_[at].next == 0) continue;
    const std::size_t searched = ((at - home(slots_[at].hash)) & (slots_.size() - 1)) + 1;
    longest = std::max(longest, searched);
  }
  return longest;
}

}  // namespace seawall::interpreters
