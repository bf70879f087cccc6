#pragma once

/// \file
/// The few file calls of the probe and of the file-per-record engine; each failure ends the run.

#include <cstdint>
#include <string>
#include <string_view>

namespace seawall::bench {

/// An open file or directory, closed with the object.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const std::string& path, int flags);
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  void write_at(std::uint64_t offset, std::string_view bytes) const;
  void sync_data() const;  ///< fdatasync
  void sync() const;       ///< fsync

 private:
  int fd_ = -1;
};

/// Returns the disk space the files below `dir` take, in bytes.
[[nodiscard]] std::uint64_t disk_bytes(const std::string& dir);

}  // namespace seawall::bench
