#pragma once

#include <cstddef>
#include <string>

namespace seawall::interpreters {

/// Returns what `text` holds outside its own object, in bytes.
inline std::size_t text_heap_bytes(const std::string& text) {
  static const std::size_t inside = std::string().capacity();
  return text.capacity() > inside ? text.capacity() + 1 : 0;
}

}  // namespace seawall::interpreters
