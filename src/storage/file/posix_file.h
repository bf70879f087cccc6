#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/posix_descriptor.h"

namespace seawall::storage {

class PosixFile final : public File {
 public:
  PosixFile(PosixDescriptor descriptor, std::string name)
      : descriptor_(std::move(descriptor)), name_(std::move(name)) {}

  [[nodiscard]] Result<std::string> read_at(std::uint64_t offset,
                                            std::uint64_t length) const override;
  [[nodiscard]] Result<void> read_onto(std::uint64_t offset, std::uint64_t length,
                                       std::string& bytes) const override;
  [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::string_view bytes) override;
  [[nodiscard]] Result<void> sync_data() override;
  [[nodiscard]] Result<std::uint64_t> size() const override;
  void overwrite_in_place() override;
  [[nodiscard]] Result<void> allocate(std::uint64_t length) override;

 private:
  [[nodiscard]] Error failed(const char* action) const;
  [[nodiscard]] Error failed_at(const char* action, std::uint64_t offset) const;
  [[nodiscard]] Error unreadable(const char* action, std::uint64_t offset) const;
  [[nodiscard]] Result<void> grow(std::uint64_t length);

  PosixDescriptor descriptor_;
  std::string name_;
};

}  // namespace seawall::storage
