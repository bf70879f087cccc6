#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <lmdb.h>

#include "engine.h"
#include "engine_list.h"
#include "group_commit.h"
#include "last_value.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kMapBytes = std::size_t{4} << 30;  // address space, not memory
constexpr unsigned kReadersMax = 512;
constexpr mdb_mode_t kFileMode = 0600;

void must(int code) {
  if (code != MDB_SUCCESS) fail(std::string("lmdb: ") + mdb_strerror(code));
}

MDB_val value_of(std::string_view bytes) {
  // LMDB's value type is not const, but it does not write to keys and data passed in.
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

class LmdbEngine final : public Engine {
 public:
  void open(const std::string& dir, const EngineOptions& options) override {
    must(mdb_env_create(&env_));
    must(mdb_env_set_mapsize(env_, kMapBytes));
    must(mdb_env_set_maxreaders(env_, kReadersMax));
    must(mdb_env_open(env_, dir.c_str(), MDB_NOTLS | (options.flushes ? 0U : unsigned{MDB_NOSYNC}),
                      kFileMode));
    MDB_txn* txn = nullptr;
    must(mdb_txn_begin(env_, nullptr, 0, &txn));
    must(mdb_dbi_open(txn, nullptr, MDB_CREATE, &db_));
    must(mdb_txn_commit(txn));
  }

  void persist(const Write& write) override { group_.persist(write); }

  void write_batch(std::span<const Write> writes) override {
    MDB_txn* txn = nullptr;
    must(mdb_txn_begin(env_, nullptr, 0, &txn));
    for (const Write& write : writes) put(txn, write);
    must(mdb_txn_commit(txn));
  }

  std::optional<std::string> retrieve(std::string_view client) override {
    MDB_txn* txn = nullptr;
    must(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn));
    const std::optional<std::string_view> stored = get(txn, client);
    std::optional<std::string> state = stored ? last_state(*stored) : std::nullopt;
    mdb_txn_abort(txn);
    return state;
  }

  void close() override {
    mdb_env_close(env_);
    env_ = nullptr;
  }

 private:
  void put(MDB_txn* txn, const Write& write) {
    const std::optional<std::string_view> stored = get(txn, write.client);
    if (stored && last_id(*stored) >= write.id) return;
    const std::string bytes = encode_last(write);
    MDB_val key = value_of(write.client);
    MDB_val data = value_of(bytes);
    must(mdb_put(txn, db_, &key, &data, 0));
  }

  std::optional<std::string_view> get(MDB_txn* txn, std::string_view client) const {
    MDB_val key = value_of(client);
    MDB_val data{};
    const int code = mdb_get(txn, db_, &key, &data);
    if (code == MDB_NOTFOUND) return std::nullopt;
    must(code);
    return view_of(data);
  }

  MDB_env* env_ = nullptr;
  MDB_dbi db_ = 0;
  GroupCommit group_{[this](std::span<const Write> writes) { write_batch(writes); }};
};

}  // namespace

std::unique_ptr<Engine> make_lmdb() {
  return std::make_unique<LmdbEngine>();
}

}  // namespace seawall::bench
