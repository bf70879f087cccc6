#pragma once

/// \file
/// From exceptions to errors. Which exceptions may arise where, and what follows:
/// docs/design/0010-exceptions.md.

#include <array>
#include <concepts>
#include <cstddef>
#include <exception>
#include <expected>
#include <string_view>
#include <type_traits>
#include <utility>

#ifdef __GLIBCXX__
#include <cxxabi.h>
#endif

#include "seawall/error.h"

#include "base/cancellation_hold.h"

namespace seawall::base {

/// An exception that left an interpreter, of whatever type it was. Memory may be short when it is
/// made, so it keeps the beginning of the text in itself.
class InterpreterThrew final : public std::exception {
 public:
  explicit InterpreterThrew(std::string_view what) noexcept;
  [[nodiscard]] const char* what() const noexcept override { return what_.data(); }

 private:
  static constexpr std::size_t kWhatBytesMax = 256;
  std::array<char, kWhatBytesMax> what_{};
};

/// Returns an error with the message `first` + `second`, or `brief` when there is no memory for it.
/// `brief` has at most 15 bytes, which a std::string holds without allocating.
[[nodiscard]] Error make_error(Errc code, std::string_view first, std::string_view second,
                               std::string_view brief) noexcept;

/// Returns a copy of `error`, without its texts when there is no memory for them.
[[nodiscard]] Error copy_of(const Error& error) noexcept;

/// Returns the error that stands for the exception being handled: `kExhausted` when memory or
/// threads ran short, `kInterpreter` for InterpreterThrew, `kIo` for anything else, which only code
/// that Seawall calls can have thrown: `thrower` names it. To be called in a catch block.
[[nodiscard]] Error error_of_exception(std::string_view thrower = "the storage") noexcept;

/// Returns what `call` returns, or the error for what it threw. The thread is not cancelled
/// meanwhile. User code may allow that again: what glibc throws then passes, as it must not be
/// caught.
template <std::invocable Call>
[[nodiscard]] std::invoke_result_t<Call> catching(Call&& call,
                                                  std::string_view thrower = "the storage") {
  const CancellationHold hold;
  try {
    return std::forward<Call>(call)();
  }
#ifdef __GLIBCXX__
  catch (const abi::__forced_unwind&) {
    throw;
  }
#endif
  catch (...) {
    return std::unexpected(error_of_exception(thrower));
  }
}

}  // namespace seawall::base
