#include "traffic.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "engine.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kPoolBytes = std::size_t{1} << 20;
constexpr std::uint64_t kIdStride = 7'919;  // a prime, so that values rarely repeat
constexpr std::uint64_t kSeed = 1;

}  // namespace

Traffic::Traffic(std::size_t clients, std::size_t value_bytes) : value_bytes_(value_bytes) {
  names_.reserve(clients);
  for (std::size_t index = 0; index < clients; ++index)
    names_.push_back(fmt::format("client-{:06}", index));
  std::mt19937_64 random(kSeed);  // NOLINT(cert-msc51-cpp): the same bytes in every run
  bytes_.resize(kPoolBytes + value_bytes);
  for (char& byte : bytes_) byte = static_cast<char>(random());
}

std::string_view Traffic::value(std::size_t index, std::uint64_t id) const {
  const std::size_t offset = (index + id * kIdStride) % kPoolBytes;
  return std::string_view(bytes_).substr(offset, value_bytes_);
}

Write Traffic::Share::next() {
  const Write write = traffic_.write(next_, id_);
  next_ += step_;
  if (next_ >= traffic_.clients()) {
    next_ = first_;
    ++id_;
  }
  return write;
}

void Traffic::Share::verify(Engine& engine, std::size_t samples_max) const {
  const std::size_t stride =
      step_ * std::max<std::size_t>(1, traffic_.clients() / step_ / samples_max);
  for (std::size_t index = first_; index < traffic_.clients(); index += stride) {
    const std::uint64_t last = index < next_ ? id_ : id_ - 1;
    const std::optional<std::string> state = engine.retrieve(traffic_.client(index));
    const bool right = last == 0 ? !state : state == traffic_.value(index, last);
    if (!right) fail(fmt::format("{} has lost record {}", traffic_.client(index), last));
  }
}

}  // namespace seawall::bench
