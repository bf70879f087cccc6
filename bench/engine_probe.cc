#include "engine_probe.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <fcntl.h>

#include "engine.h"
#include "engine_list.h"
#include "posix_files.h"

namespace seawall::bench {
namespace {

// docs/format.md: a group's header, and per record a frame's head and about 16 bytes of record
// around client and value; groups start at multiples of 64.
constexpr std::size_t kGroupBytes = 128;
constexpr std::size_t kRecordBytes = 8 + 16;
constexpr std::size_t kAlign = 64;

constexpr std::uint64_t kFileBytes = std::uint64_t{32} << 20;
constexpr std::size_t kFillBytes = std::size_t{1} << 20;

std::size_t log_bytes(std::span<const Write> writes) {
  std::size_t bytes = kGroupBytes;
  for (const Write& write : writes)
    bytes += kRecordBytes + write.client.size() + write.value.size();
  return (bytes + kAlign - 1) / kAlign * kAlign;
}

}  // namespace

void ProbeEngine::open(const std::string& dir, const EngineOptions& options) {
  flushes_ = options.flushes;
  file_ = Descriptor(dir + "/probe", O_RDWR | O_CREAT);
  const std::string zeros(kFillBytes, '\0');
  for (std::uint64_t offset = 0; offset < kFileBytes; offset += kFillBytes)
    file_.write_at(offset, zeros);
  file_.sync();
  next_offset_ = 0;
}

void ProbeEngine::write_batch(std::span<const Write> writes) {
  thread_local std::string bytes;
  bytes.assign(log_bytes(writes), 'x');
  std::uint64_t offset = next_offset_.fetch_add(bytes.size(), std::memory_order_relaxed);
  // Wraps as a log that recycles does; the upper half takes what begins near the end of the lower.
  offset %= kFileBytes / 2;
  file_.write_at(offset, bytes);
  if (flushes_) file_.sync_data();
}

std::unique_ptr<Engine> make_probe() {
  return std::make_unique<ProbeEngine>();
}

}  // namespace seawall::bench
