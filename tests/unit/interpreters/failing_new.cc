#include "unit/interpreters/failing_new.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t left = 0;  // allocations until one fails, 0 when none is to
thread_local bool failed_once = false;

}  // namespace

namespace seawall {

FailingNew::FailingNew(std::size_t nth) {
  failed_once = false;
  left = nth;
}

FailingNew::~FailingNew() {
  left = 0;
}

bool FailingNew::failed() {
  return failed_once;
}

}  // namespace seawall

// The standard's other forms of new and delete call these two.
void* operator new(std::size_t bytes) {
  if (left > 0 && --left == 0) {
    failed_once = true;
    throw std::bad_alloc();
  }
  if (void* const memory = std::malloc(bytes == 0 ? 1 : bytes); memory != nullptr) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}
