#include "storage/file/simulated_content.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace seawall::storage {
namespace {

constexpr std::uint64_t kPage = kSimulatedPageBytes;

std::uint64_t pages_for(std::uint64_t bytes) {
  return (bytes + kPage - 1) / kPage;
}

/// Calls `part(page index, offset in page, length)` for each page of the range.
template <class Part>
void for_pages(std::uint64_t offset, std::uint64_t length, const Part& part) {
  const std::uint64_t end = offset + length;
  while (offset < end) {
    const std::uint64_t within = offset % kPage;
    const std::uint64_t part_length = std::min(kPage - within, end - offset);
    part(offset / kPage, within, part_length);
    offset += part_length;
  }
}

}  // namespace

const SimulatedContent::Page* SimulatedContent::page(std::uint64_t index) const {
  return index < pages_.size() ? pages_[index].get() : nullptr;
}

SimulatedContent::Page& SimulatedContent::own_page(std::uint64_t index) {
  if (index >= pages_.size()) pages_.resize(index + 1);
  std::shared_ptr<Page>& slot = pages_[index];
  if (slot == nullptr) {
    slot = std::make_shared<Page>();
    ++pages_allocated_;
  } else if (slot.use_count() > 1) {
    slot = std::make_shared<Page>(*slot);
  }
  return *slot;
}

std::string SimulatedContent::read(std::uint64_t offset, std::uint64_t length) const {
  if (offset >= size_) return {};
  length = std::min(length, size_ - offset);
  std::string bytes;
  bytes.reserve(length);
  for_pages(offset, length, [&](std::uint64_t index, std::uint64_t within, std::uint64_t part) {
    const Page* const from = page(index);
    if (from == nullptr) {
      bytes.append(part, '\0');
    } else {
      bytes.append(from->data() + within, part);
    }
  });
  return bytes;
}

void SimulatedContent::write(std::uint64_t offset, std::string_view bytes) {
  for_pages(offset, bytes.size(),
            [&](std::uint64_t index, std::uint64_t within, std::uint64_t part) {
              std::copy_n(bytes.begin(), part, own_page(index).data() + within);
              bytes.remove_prefix(part);
              size_ = std::max(size_, index * kPage + within + part);
            });
}

void SimulatedContent::fill_holes(std::uint64_t length) {
  // One page of zeros stands for all of them until it is written to.
  static const auto zeros = std::make_shared<Page>();
  if (pages_.size() < pages_for(length)) pages_.resize(pages_for(length));
  for (std::uint64_t index = 0; index < pages_for(length); ++index) {
    if (pages_[index] != nullptr) continue;
    pages_[index] = zeros;
    ++pages_allocated_;
  }
}

void SimulatedContent::resize(std::uint64_t size) {
  const std::uint64_t keep = pages_for(size);
  for (std::uint64_t index = keep; index < pages_.size(); ++index) {
    if (pages_[index] != nullptr) --pages_allocated_;
  }
  if (pages_.size() > keep) pages_.resize(keep);
  const std::uint64_t within = size % kPage;
  if (within != 0 && size < size_ && page(size / kPage) != nullptr) {
    Page& last = own_page(size / kPage);
    std::fill(last.begin() + static_cast<std::ptrdiff_t>(within), last.end(), '\0');
  }
  size_ = size;
}

void SimulatedContent::share(const SimulatedContent& source, std::uint64_t offset,
                             std::uint64_t length) {
  for_pages(offset, length, [&](std::uint64_t index, std::uint64_t, std::uint64_t) {
    if (index >= source.pages_.size() || source.pages_[index] == nullptr) return;
    if (index >= pages_.size()) pages_.resize(index + 1);
    if (pages_[index] == nullptr) ++pages_allocated_;
    pages_[index] = source.pages_[index];
  });
  size_ = std::max(size_, std::min(source.size_, offset + length));
}

std::uint64_t SimulatedContent::holes(std::uint64_t offset, std::uint64_t length) const {
  std::uint64_t count = 0;
  for_pages(offset, length, [&](std::uint64_t index, std::uint64_t, std::uint64_t) {
    if (page(index) == nullptr) ++count;
  });
  return count;
}

}  // namespace seawall::storage
