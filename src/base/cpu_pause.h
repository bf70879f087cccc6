#pragma once

namespace seawall::base {

/// Tells the processor that this is a loop which waits for another one.
inline void cpu_pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace seawall::base
