#include "checkpoint/object_table.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/check.h"
#include "format/checkpoint.h"
#include "format/manifest.h"

namespace seawall::checkpoint {
namespace {

// Above this many objects the smaller half of them is folded together. Each costs `open` two reads.
constexpr std::size_t kObjectsMax = 32;

}  // namespace

void ObjectTable::add(std::uint32_t number, std::uint64_t bytes,
                      const format::CheckpointFooter& footer) {
  objects_[number] = {bytes, footer.index_bytes, footer.entries, footer.checksum, 0, 0};
}

void ObjectTable::replace(const EntryPlaces& before, const EntryPlaces& after) {
  count(before, false);
  count(after, true);
}

void ObjectTable::count(const EntryPlaces& places, bool add) {
  const auto adjust = [&](std::uint32_t object, std::uint64_t entries, std::uint64_t bytes) {
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

void ObjectTable::skip_number(std::string_view name) {
  const std::size_t digits = name.find_last_not_of("0123456789") + 1;
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(name.data() + digits, name.data() + name.size(), number);
  if (parsed.ec == std::errc{} && format::checkpoint_name(number) == name) {
    next_number_ = std::max(next_number_, number + 1);
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

std::vector<std::uint32_t> ObjectTable::victims() const {
  std::vector<std::uint32_t> chosen;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> others;
  for (const auto& [number, object] : objects_) {
    if (2 * object.live_bytes() < object.bytes) {
      chosen.push_back(number);
    } else {
      others.emplace_back(object.bytes, number);
    }
  }
  if (others.size() > kObjectsMax) {
    std::ranges::sort(others);
    for (std::size_t i = 0; i < others.size() / 2; ++i) chosen.push_back(others[i].second);
  }
  return chosen;
}

std::vector<format::ManifestObject> ObjectTable::manifest_objects(
    const std::vector<std::uint32_t>& dead) const {
  std::vector<format::ManifestObject> listed;
  for (const auto& [number, object] : objects_) {
    if (std::ranges::find(dead, number) != dead.end()) continue;
    listed.push_back({number, object.bytes, object.footer_checksum});
  }
  return listed;
}

}  // namespace seawall::checkpoint
