#include "storage/log_id.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <expected>
#include <random>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

namespace seawall::storage {

Result<LogId> random_log_id() {
  try {
    std::random_device entropy;
    LogId log_id{};
    for (std::size_t at = 0; at < log_id.size(); at += sizeof(std::uint32_t)) {
      const auto word = static_cast<std::uint32_t>(entropy());
      std::memcpy(log_id.data() + at, &word, sizeof word);
    }
    return log_id;
  } catch (const std::exception& exception) {
    Error error;
    error.code = Errc::kExhausted;
    error.message =
        std::string("the system has no entropy for a log's identity: ") + exception.what();
    return std::unexpected(error);
  }
}

std::string id_bytes(const LogId& log_id) {
  std::string bytes(log_id.size(), '\0');
  std::memcpy(bytes.data(), log_id.data(), log_id.size());
  return bytes;
}

LogId id_from(std::string_view bytes) {
  LogId log_id{};
  // A failed read gives a null view, which memcpy may not take even for no bytes.
  if (bytes.empty()) return log_id;
  std::memcpy(log_id.data(), bytes.data(), std::min(bytes.size(), log_id.size()));
  return log_id;
}

}  // namespace seawall::storage
