#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/options.h>
#include <leveldb/slice.h>
#include <leveldb/status.h>
#include <leveldb/write_batch.h>

#include "engine.h"
#include "engine_list.h"
#include "last_value.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kCacheBytes = std::size_t{256} << 20;
constexpr std::size_t kWriteBufferBytes = std::size_t{64} << 20;
constexpr int kBloomBitsPerKey = 10;

void must(const leveldb::Status& status) {
  if (!status.ok()) fail("leveldb: " + status.ToString());
}

leveldb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

class LevelDbEngine final : public Engine {
 public:
  void open(const std::string& dir, const EngineOptions& options) override {
    cache_.reset(leveldb::NewLRUCache(options.caches ? kCacheBytes : 0));
    filter_.reset(leveldb::NewBloomFilterPolicy(kBloomBitsPerKey));
    leveldb::Options tuned;
    tuned.create_if_missing = true;
    tuned.write_buffer_size = kWriteBufferBytes;
    tuned.block_cache = cache_.get();
    tuned.filter_policy = filter_.get();
    tuned.compression = leveldb::kNoCompression;  // values are random bytes
    leveldb::DB* db = nullptr;
    must(leveldb::DB::Open(tuned, dir, &db));
    db_.reset(db);
    write_options_.sync = options.flushes;
  }

  void persist(const Write& write) override { write_batch({&write, 1}); }

  void write_batch(std::span<const Write> writes) override {
    leveldb::WriteBatch batch;
    for (const Write& write : writes) {
      const std::optional<std::string> stored = get(write.client);
      if (!stored || last_id(*stored) < write.id)
        batch.Put(slice(write.client), encode_last(write));
    }
    must(db_->Write(write_options_, &batch));
  }

  std::optional<std::string> retrieve(std::string_view client) override {
    const std::optional<std::string> stored = get(client);
    return stored ? last_state(*stored) : std::nullopt;
  }

  void settle() override { db_->CompactRange(nullptr, nullptr); }
  void close() override { db_.reset(); }

 private:
  std::optional<std::string> get(std::string_view client) {
    std::string stored;
    const leveldb::Status status = db_->Get({}, slice(client), &stored);
    if (status.IsNotFound()) return std::nullopt;
    must(status);
    return stored;
  }

  leveldb::WriteOptions write_options_;
  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  std::unique_ptr<leveldb::DB> db_;  // goes first: it uses both
};

}  // namespace

std::unique_ptr<Engine> make_leveldb() {
  return std::make_unique<LevelDbEngine>();
}

}  // namespace seawall::bench
