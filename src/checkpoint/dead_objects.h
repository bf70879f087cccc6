#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "format/checkpoint.h"

namespace seawall::checkpoint {

/// The objects that a round empties, with their indexes: the manifest it publishes no longer names
/// them. Used by one thread.
class DeadObjects {
 public:
  struct Object {
    std::uint64_t number = 0;
    format::CheckpointFooter footer;
    std::string index;  ///< Checked against the footer.
  };

  /// Reads the index of object `number` of `bytes` bytes and adds it. Numbers ascend. Errors as
  /// `read_footer`; nothing is added then.
  [[nodiscard]] Result<void> add(VolumeReader& volume, std::uint64_t number, std::uint64_t bytes);

  [[nodiscard]] const std::vector<Object>& objects() const { return objects_; }
  [[nodiscard]] std::span<const std::uint64_t> numbers() const { return numbers_; }
  [[nodiscard]] bool contains(std::uint64_t number) const {
    return std::ranges::binary_search(numbers_, number);
  }
  /// Returns the entries of all objects together.
  [[nodiscard]] std::size_t entries() const;

 private:
  std::vector<Object> objects_;
  std::vector<std::uint64_t> numbers_;
};

}  // namespace seawall::checkpoint
