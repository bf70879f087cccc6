#include "checkpoint/dead_objects.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "checkpoint/index.h"

namespace seawall::checkpoint {

Result<void> DeadObjects::add(VolumeReader& volume, std::uint64_t number, std::uint64_t bytes) {
  auto footer = read_footer(volume, number, bytes);
  if (!footer) return std::unexpected(std::move(footer.error()));
  auto index = read_index_bytes(volume, number, *footer);
  if (!index) return std::unexpected(std::move(index.error()));
  numbers_.reserve(numbers_.size() + 1);
  objects_.push_back({.number = number, .footer = *footer, .index = std::move(*index)});
  numbers_.push_back(number);
  return {};
}

std::size_t DeadObjects::entries() const {
  std::size_t sum = 0;
  for (const Object& object : objects_) sum += object.footer.entries;
  return sum;
}

}  // namespace seawall::checkpoint
