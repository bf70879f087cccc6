#pragma once

/// \file
/// The records all workloads send: clients in turn, ids of a client in order, random bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine.h"

namespace seawall::bench {

class Traffic {
 public:
  Traffic(std::size_t clients, std::size_t value_bytes);

  [[nodiscard]] std::size_t clients() const { return names_.size(); }
  [[nodiscard]] std::string_view client(std::size_t index) const { return names_[index]; }
  /// Returns the bytes of record `id` of client `index`; they differ from one record to the next.
  [[nodiscard]] std::string_view value(std::size_t index, std::uint64_t id) const;
  [[nodiscard]] Write write(std::size_t index, std::uint64_t id) const {
    return {.client = client(index), .id = id, .value = value(index, id)};
  }

  /// One thread's share: the clients `first`, `first + step`, ..., over and over.
  class Share {
   public:
    Share(const Traffic& traffic, std::size_t first, std::size_t step)
        : traffic_(traffic), first_(first), step_(step), next_(first) {}
    Write next();
    /// Ends the benchmark unless `engine` returns the last value of each client sent so far, of
    /// `samples_max` clients.
    void verify(Engine& engine, std::size_t samples_max) const;

   private:
    const Traffic& traffic_;
    std::size_t first_;
    std::size_t step_;
    std::size_t next_;
    std::uint64_t id_ = 1;
  };

 private:
  std::size_t value_bytes_;
  std::vector<std::string> names_;
  std::string bytes_;
};

}  // namespace seawall::bench
