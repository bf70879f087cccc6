#pragma once

/// \file
/// What the device and the kernel can do: the bytes Seawall's log would carry, written to a
/// zero-filled file and flushed, and nothing else.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine.h"
#include "posix_files.h"

namespace seawall::bench {

class ProbeEngine final : public Engine {
 public:
  void open(const std::string& dir, const EngineOptions& options) override;
  void persist(const Write& write) override { write_batch({&write, 1}); }
  void write_batch(std::span<const Write> writes) override;
  std::optional<std::string> retrieve(std::string_view /*client*/) override { return {}; }
  void close() override { file_ = {}; }

 private:
  bool flushes_ = true;
  Descriptor file_;
  std::atomic<std::uint64_t> next_offset_{0};
};

}  // namespace seawall::bench
