#include "state/named_client.h"

#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

namespace seawall::state {

NamedClient::NamedClient(std::string_view name)
    : name_bytes_(static_cast<std::uint32_t>(name.size())) {
  std::memcpy(static_cast<void*>(this + 1), name.data(), name.size());
}

NamedClient::Owner NamedClient::make(std::string_view name) {
  void* memory = ::operator new(sizeof(NamedClient) + name.size());
  return Owner(new (memory) NamedClient(name));
}

void NamedClient::Free::operator()(NamedClient* client) const noexcept {
  client->~NamedClient();
  ::operator delete(client);
}

}  // namespace seawall::state
