#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "state/client.h"

namespace seawall::state {

/// A client with its name, as the table holds it: one piece of memory, the name right behind the
/// object, so that an idle client costs no second allocation. The address is stable while the
/// client is in the table.
class NamedClient {
 public:
  struct Free {
    void operator()(NamedClient* client) const noexcept;
  };
  using Owner = std::unique_ptr<NamedClient, Free>;

  [[nodiscard]] static Owner make(std::string_view name);
  NamedClient(const NamedClient&) = delete;
  NamedClient& operator=(const NamedClient&) = delete;

  [[nodiscard]] std::string_view name() const {
    const void* behind = this + 1;
    return {static_cast<const char*>(behind), name_bytes_};
  }

  [[no_unique_address]] Client state;

 private:
  explicit NamedClient(std::string_view name);
  ~NamedClient() = default;

  std::uint32_t name_bytes_;
};

static_assert(sizeof(NamedClient) == sizeof(Client), "the length lies in the client's padding");

}  // namespace seawall::state
