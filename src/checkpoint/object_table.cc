#include "checkpoint/object_table.h"

#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "checkpoint/victims.h"
#include "format/checkpoint.h"
#include "format/manifest.h"
#include "state/entry_trail.h"

namespace seawall::checkpoint {

void ObjectTable::add(std::uint64_t number, std::uint64_t bytes,
                      const format::CheckpointFooter& footer) {
  objects_[number] = {.bytes = bytes,
                      .index_bytes = footer.index_bytes,
                      .entries = footer.entries,
                      .footer_checksum = footer.checksum};
}

void ObjectTable::replace(const state::EntryPlaces& before, const state::EntryPlaces& after) {
  count(before, false);
  count(after, true);
}

void ObjectTable::count(const state::EntryPlaces& places, bool add) {
  const auto adjust = [&](std::uint64_t object, std::uint64_t entries, std::uint64_t bytes) {
    if (object == 0) return;
    const auto found = objects_.find(object);
    if (found == objects_.end()) return;
    LiveObject& live = found->second;
    SEAWALL_CHECK(add || (live.live_entries >= entries && live.live_body_bytes >= bytes));
    live.live_entries = add ? live.live_entries + entries : live.live_entries - entries;
    live.live_body_bytes = add ? live.live_body_bytes + bytes : live.live_body_bytes - bytes;
  };
  adjust(places.object, 1, 0);
  adjust(places.body.object, 0, places.body.length);
  adjust(places.base.object, 0, places.base.length);
}

void ObjectTable::mark_unreadable(std::uint64_t number) {
  if (const auto found = objects_.find(number); found != objects_.end()) {
    found->second.is_unreadable = true;
  }
}

std::uint64_t ObjectTable::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [number, object] : objects_) sum += object.bytes;
  return sum;
}

std::uint64_t ObjectTable::live_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [number, object] : objects_) sum += object.live_bytes();
  return sum;
}

std::vector<ObjectSize> ObjectTable::sizes() const {
  std::vector<ObjectSize> sizes;
  sizes.reserve(objects_.size());
  for (const auto& [number, object] : objects_) {
    if (object.is_unreadable && !object.dead()) continue;
    sizes.push_back({number, object.bytes, object.live_bytes()});
  }
  return sizes;
}

std::vector<format::ManifestObject> ObjectTable::manifest_objects(
    std::span<const std::uint64_t> dead) const {
  std::vector<format::ManifestObject> listed;
  for (const auto& [number, object] : objects_) {
    if (std::ranges::binary_search(dead, number)) continue;
    listed.push_back({number, object.bytes, object.footer_checksum});
  }
  return listed;
}

}  // namespace seawall::checkpoint
