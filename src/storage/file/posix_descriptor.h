#pragma once

#include <cerrno>
#include <utility>

namespace seawall::storage {

/// Owns a file descriptor. Errors of close(2) are ignored: whatever must last was synced before.
class PosixDescriptor {
 public:
  PosixDescriptor() = default;
  explicit PosixDescriptor(int number) : number_(number) {}
  PosixDescriptor(PosixDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  PosixDescriptor& operator=(PosixDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  PosixDescriptor(const PosixDescriptor&) = delete;
  PosixDescriptor& operator=(const PosixDescriptor&) = delete;
  ~PosixDescriptor();

  [[nodiscard]] bool valid() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }
  /// Gives the descriptor up to the caller.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

/// Repeats a system call that returns -1 and EINTR when a signal came first.
template <class Call>
auto retry_interrupted(const Call& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace seawall::storage
