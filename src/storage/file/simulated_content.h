#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::storage {

inline constexpr std::uint64_t kSimulatedSectorBytes = 512;
inline constexpr std::uint64_t kSimulatedPageBytes = 4096;

/// The bytes of one file, in pages shared between copies until one is written. A page not there is
/// a hole: it reads as zeros and takes no space.
class SimulatedContent {
 public:
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t pages() const { return pages_allocated_; }
  [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t length) const;

  /// Writes and grows as needed.
  void write(std::uint64_t offset, std::string_view bytes);
  /// Allocates pages of zeros for holes below `length`.
  void fill_holes(std::uint64_t length);
  /// Sets the size; bytes cut off are gone, bytes gained are a hole.
  void resize(std::uint64_t size);
  /// Makes [`offset`, `offset` + `length`) equal to `source`'s, sharing its pages as a whole.
  void share(const SimulatedContent& source, std::uint64_t offset, std::uint64_t length);
  /// Returns how many pages the range would newly take.
  [[nodiscard]] std::uint64_t holes(std::uint64_t offset, std::uint64_t length) const;

 private:
  using Page = std::array<char, kSimulatedPageBytes>;

  [[nodiscard]] const Page* page(std::uint64_t index) const;
  /// Returns the page to write to: its own, allocated, not shared.
  Page& own_page(std::uint64_t index);

  std::vector<std::shared_ptr<Page>> pages_;
  std::uint64_t pages_allocated_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace seawall::storage
