#include "alloc/failing_new.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace seawall::alloc {
namespace {

std::atomic<bool> armed = false;
std::atomic<bool> failed = false;
std::atomic<std::int64_t> left = 0;  // until the first that fails
std::atomic<Shortage> mode = Shortage::kOnce;
thread_local bool exempt = false;

bool fails_now() {
  if (!armed.load(std::memory_order_relaxed) || exempt) return false;
  const std::int64_t before = left.fetch_sub(1);
  const bool fails = before == 1 || (before < 1 && mode == Shortage::kSince);
  if (fails) failed = true;
  return fails;
}

void* allocate(std::size_t bytes, std::size_t align) {
  if (fails_now()) return nullptr;
  if (bytes == 0) bytes = 1;
  if (align <= alignof(std::max_align_t)) return std::malloc(bytes);
  return std::aligned_alloc(align, (bytes + align - 1) / align * align);
}

}  // namespace

void begin_shortage(Shortage shortage, std::uint64_t nth) {
  mode = shortage;
  failed = false;
  left = static_cast<std::int64_t>(nth);
  armed = true;
}

bool end_shortage() {
  armed = false;
  return failed;
}

Exempt::Exempt(bool value) : former_(exempt) {
  exempt = value;
}

Exempt::~Exempt() {
  exempt = former_;
}

}  // namespace seawall::alloc

// The standard's other forms of new and delete call these.
void* operator new(std::size_t bytes) {
  void* const memory = seawall::alloc::allocate(bytes, 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* operator new(std::size_t bytes, std::align_val_t align) {
  void* const memory = seawall::alloc::allocate(bytes, static_cast<std::size_t>(align));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::align_val_t /*align*/) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/, std::align_val_t /*align*/) noexcept {
  std::free(memory);
}
