#include "base/exceptions.h"

#include <algorithm>
#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "seawall/error.h"

namespace seawall::base {

InterpreterThrew::InterpreterThrew(std::string_view what) noexcept {
  const std::string_view kept = what.substr(0, kWhatBytesMax - 1);
  std::ranges::copy(kept, what_.begin());
}

Error make_error(Errc code, std::string_view first, std::string_view second,
                 std::string_view brief) noexcept {
  Error error;
  error.code = code;
  try {
    error.message.reserve(first.size() + second.size());
    error.message.append(first).append(second);
  } catch (const std::exception&) {
    error.message.assign(brief);
  }
  return error;
}

Error copy_of(const Error& error) noexcept {
  try {
    return error;
  } catch (const std::exception&) {
    Error copy;
    copy.code = error.code;
    copy.os_errno = error.os_errno;
    copy.offset = error.offset;
    copy.begin_lsn = error.begin_lsn;
    copy.end_lsn = error.end_lsn;
    copy.message.assign("out of memory");
    return copy;
  }
}

namespace {

Error thrown_error(std::string_view thrower, std::string_view what) noexcept {
  Error error = make_error(Errc::kIo, thrower, " threw: ", "it threw");
  try {
    error.message.append(what);
  } catch (const std::exception&) {
    return error;
  }
  return error;
}

}  // namespace

Error error_of_exception(std::string_view thrower) noexcept {
  constexpr std::string_view kBrief = "out of memory";
  constexpr std::string_view kBriefThrown = "it threw";
  try {
    throw;
  } catch (const InterpreterThrew& thrown) {
    return make_error(Errc::kInterpreter, "the interpreter threw: ", thrown.what(), kBriefThrown);
  } catch (const std::bad_alloc&) {
    return make_error(Errc::kExhausted, "memory ran short: call again when there is more", {},
                      kBrief);
  } catch (const std::length_error&) {
    return make_error(Errc::kExhausted, "the call needs more memory than there can be", {}, kBrief);
  } catch (const std::system_error& thrown) {
    // The standard library throws it where a thread cannot be started.
    Error error = make_error(Errc::kExhausted, "the system ran short: ", thrown.what(), kBrief);
    error.os_errno = thrown.code().value();
    return error;
  } catch (const std::exception& thrown) {
    return thrown_error(thrower, thrown.what());
  } catch (...) {
    return thrown_error(thrower, "something that is no std::exception");
  }
}

}  // namespace seawall::base
