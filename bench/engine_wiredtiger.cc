#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <fmt/core.h>
#include <wiredtiger.h>

#include "engine.h"
#include "engine_list.h"
#include "last_value.h"
#include "pool.h"

namespace seawall::bench {
namespace {

/// The log with group commit, flushed at every commit; a cache that holds all clients, and sessions
/// for 64 callers.
std::string config_of(const EngineOptions& options) {
  return fmt::format(
      "create,cache_size={},session_max=256,log=(enabled,file_max=64MB),"
      "transaction_sync=(enabled={},method=fsync)",
      options.caches ? "512MB" : "1MB", options.flushes);
}
constexpr const char* kTable = "table:client";

void must(int code) {
  if (code != 0) fail(std::string("wiredtiger: ") + wiredtiger_strerror(code));
}

WT_ITEM item_of(std::string_view bytes) {
  WT_ITEM item{};
  item.data = bytes.data();
  item.size = bytes.size();
  return item;
}

/// A session and its cursor. Closed with the connection.
class Session {
 public:
  explicit Session(WT_CONNECTION* connection) {
    must(connection->open_session(connection, nullptr, nullptr, &session_));
    must(session_->create(session_, kTable, "key_format=u,value_format=u"));
    must(session_->open_cursor(session_, kTable, nullptr, nullptr, &cursor_));
  }

  /// Returns whether the batch is committed; false when it has to be tried again.
  bool commit(std::span<const Write> writes) {
    must(session_->begin_transaction(session_, nullptr));
    for (const Write& write : writes) {
      const int code = put(write);
      if (code == WT_ROLLBACK) {
        must(session_->rollback_transaction(session_, nullptr));
        return false;
      }
      must(code);
    }
    must(session_->commit_transaction(session_, nullptr));
    return true;
  }

  std::optional<std::string> get(std::string_view client) {
    const std::optional<std::string> stored = read(client);
    must(cursor_->reset(cursor_));
    return stored;
  }

 private:
  int put(const Write& write) {
    const std::optional<std::string> stored = read(write.client);
    if (stored && last_id(*stored) >= write.id) return 0;
    const std::string bytes = encode_last(write);
    const WT_ITEM key = item_of(write.client);
    const WT_ITEM value = item_of(bytes);
    cursor_->set_key(cursor_, &key);
    cursor_->set_value(cursor_, &value);
    return cursor_->insert(cursor_);
  }

  std::optional<std::string> read(std::string_view client) {
    const WT_ITEM key = item_of(client);
    cursor_->set_key(cursor_, &key);
    const int code = cursor_->search(cursor_);
    if (code == WT_NOTFOUND) return std::nullopt;
    must(code);
    WT_ITEM value{};
    must(cursor_->get_value(cursor_, &value));
    return std::string(static_cast<const char*>(value.data), value.size);
  }

  WT_SESSION* session_ = nullptr;
  WT_CURSOR* cursor_ = nullptr;
};

class WiredTigerEngine final : public Engine {
 public:
  void open(const std::string& dir, const EngineOptions& options) override {
    must(wiredtiger_open(dir.c_str(), nullptr, config_of(options).c_str(), &connection_));
  }

  void persist(const Write& write) override { write_batch({&write, 1}); }

  void write_batch(std::span<const Write> writes) override {
    sessions_.with([&](Session& session) {
      while (!session.commit(writes)) {
      }
      return true;
    });
  }

  std::optional<std::string> retrieve(std::string_view client) override {
    const auto stored = sessions_.with([&](Session& session) { return session.get(client); });
    return stored ? last_state(*stored) : std::nullopt;
  }

  void close() override {
    sessions_.clear();
    must(connection_->close(connection_, nullptr));
  }

 private:
  WT_CONNECTION* connection_ = nullptr;
  Pool<Session> sessions_{[this] { return std::make_unique<Session>(connection_); }};
};

}  // namespace

std::unique_ptr<Engine> make_wiredtiger() {
  return std::make_unique<WiredTigerEngine>();
}

}  // namespace seawall::bench
