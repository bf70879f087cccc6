#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "engine.h"
#include "engine_list.h"
#include "group_commit.h"
#include "pool.h"

namespace seawall::bench {
namespace {

constexpr int kBusyMs = 10'000;
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS client(name BLOB PRIMARY KEY, id INTEGER NOT NULL,"
    " state BLOB NOT NULL) WITHOUT ROWID";
constexpr const char* kUpsert =
    "INSERT INTO client VALUES(?1, ?2, ?3) ON CONFLICT(name) DO UPDATE"
    " SET id = excluded.id, state = excluded.state WHERE excluded.id > id";
constexpr const char* kSelect = "SELECT state FROM client WHERE name = ?1";

/// A connection with its one prepared statement.
class Connection {
 public:
  Connection(const std::string& file, const char* statement, const EngineOptions& options) {
    must(sqlite3_open(file.c_str(), &db_));
    must(sqlite3_busy_timeout(db_, kBusyMs));
    run("PRAGMA journal_mode=WAL");
    run(options.flushes ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
    if (!options.caches) run("PRAGMA cache_size=1");
    run(kSchema);
    must(sqlite3_prepare_v2(db_, statement, -1, &statement_, nullptr));
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    sqlite3_finalize(statement_);
    sqlite3_close(db_);
  }

  void run(const char* sql) const { must(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }

  void upsert(const Write& write) {
    bind(1, write.client);
    must(sqlite3_bind_int64(statement_, 2, static_cast<std::int64_t>(write.id)));
    bind(3, write.value);
    if (sqlite3_step(statement_) != SQLITE_DONE) must(sqlite3_errcode(db_));
    must(sqlite3_reset(statement_));
  }

  std::optional<std::string> select(std::string_view client) {
    bind(1, client);
    std::optional<std::string> state;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
      state.emplace(static_cast<const char*>(sqlite3_column_blob(statement_, 0)),
                    static_cast<std::size_t>(sqlite3_column_bytes(statement_, 0)));
    } else if (code != SQLITE_DONE) {
      must(code);
    }
    must(sqlite3_reset(statement_));
    return state;
  }

 private:
  void must(int code) const {
    if (code != SQLITE_OK) fail(std::string("sqlite: ") + sqlite3_errmsg(db_));
  }

  void bind(int index, std::string_view bytes) const {
    must(sqlite3_bind_blob64(statement_, index, bytes.data(), bytes.size(), SQLITE_STATIC));
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

class SqliteEngine final : public Engine {
 public:
  void open(const std::string& dir, const EngineOptions& options) override {
    file_ = dir + "/bench.sqlite";
    options_ = options;
    writer_ = std::make_unique<Connection>(file_, kUpsert, options);
  }

  void persist(const Write& write) override { group_.persist(write); }

  void write_batch(std::span<const Write> writes) override {
    const std::scoped_lock lock(writer_mutex_);
    writer_->run("BEGIN IMMEDIATE");
    for (const Write& write : writes) writer_->upsert(write);
    writer_->run("COMMIT");
  }

  std::optional<std::string> retrieve(std::string_view client) override {
    return readers_.with([&](Connection& reader) { return reader.select(client); });
  }

  void settle() override { writer_->run("PRAGMA wal_checkpoint(TRUNCATE)"); }
  void close() override {
    readers_.clear();
    writer_.reset();
  }

 private:
  std::string file_;
  EngineOptions options_;
  std::mutex writer_mutex_;
  std::unique_ptr<Connection> writer_;
  Pool<Connection> readers_{
      [this] { return std::make_unique<Connection>(file_, kSelect, options_); }};
  GroupCommit group_{[this](std::span<const Write> writes) { write_batch(writes); }};
};

}  // namespace

std::unique_ptr<Engine> make_sqlite() {
  return std::make_unique<SqliteEngine>();
}

}  // namespace seawall::bench
