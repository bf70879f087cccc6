#include "storage/file/segment_bytes.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "seawall/error.h"

#include "storage/file/file_system.h"

namespace seawall::storage {
namespace {

/// A file that can only be read.
class FixedFile final : public File {
 public:
  explicit FixedFile(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::string> read_at(std::uint64_t offset, std::uint64_t length) const override {
    return offset < bytes_.size() ? bytes_.substr(offset, length) : std::string();
  }
  Result<void> write_at(std::uint64_t, std::string_view) override { return refused(); }
  Result<void> sync_data() override { return refused(); }
  Result<std::uint64_t> size() const override { return bytes_.size(); }
  Result<void> allocate(std::uint64_t) override { return refused(); }

 private:
  static Result<void> refused() { return std::unexpected(Error{.code = Errc::kIo}); }
  std::string bytes_;
};

// Windows that overlap, jump back, reach past the end or past a file that ends early.
RC_GTEST_PROP(SegmentBytes, AViewIsWhatTheFileHas, ()) {
  constexpr std::uint64_t kBytesMax = 3 * kWindowBytes;
  const auto size = *rc::gen::inRange<std::uint64_t>(1, kBytesMax);
  const auto missing = *rc::gen::inRange<std::uint64_t>(0, size);
  std::string content(size - missing, '\0');
  for (std::uint64_t i = 0; i < content.size(); ++i) {
    content[i] = static_cast<char>(i ^ (i >> 8U) ^ (i >> 16U));
  }
  SegmentBytes segment(std::make_shared<FixedFile>(content), size);
  const auto views = *rc::gen::container<std::vector<std::pair<std::uint64_t, std::uint64_t>>>(
      rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, kBytesMax + 10),
                    rc::gen::inRange<std::uint64_t>(0, kWindowBytes + 10)));
  for (const auto& [offset, length] : views) {
    const auto view = segment.view(offset, length);
    RC_ASSERT(view.has_value());
    const std::string_view all = content;
    RC_ASSERT(*view == (offset < all.size() ? all.substr(offset, length) : std::string_view{}));
  }
}

}  // namespace
}  // namespace seawall::storage
