#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <rocksdb/cache.h>
#include <rocksdb/compression_type.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/status.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "engine.h"
#include "engine_list.h"
#include "last_value.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kCacheBytes = std::size_t{256} << 20;
constexpr int kBackgroundJobs = 2;
constexpr double kBloomBitsPerKey = 10;

void must(const rocksdb::Status& status) {
  if (!status.ok()) fail("rocksdb: " + status.ToString());
}

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

/// The value with the higher id wins.
class LastMerge final : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice& /*key*/, const rocksdb::Slice* existing,
             const rocksdb::Slice& value, std::string* merged,
             rocksdb::Logger* /*logger*/) const override {
    const bool newer =
        existing == nullptr || last_id(value.ToStringView()) > last_id(existing->ToStringView());
    const rocksdb::Slice& winner = newer ? value : *existing;
    merged->assign(winner.data(), winner.size());
    return true;
  }
  [[nodiscard]] const char* Name() const override { return "bench-last"; }
};

// As the tuning guide has it: level compaction with a Bloom filter and a block cache; pipelined
// writes and recycled logs for many synchronous writers. Durability is the default's: sync=true.
rocksdb::Options tuned(bool caches) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.IncreaseParallelism(kBackgroundJobs);
  options.OptimizeLevelStyleCompaction(kCacheBytes);
  options.enable_pipelined_write = true;
  options.recycle_log_file_num = 2;
  options.compression = rocksdb::kNoCompression;  // values are random bytes
  options.merge_operator = std::make_shared<LastMerge>();
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(caches ? kCacheBytes : 0);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class RocksDbEngine final : public Engine {
 public:
  explicit RocksDbEngine(bool merge) : merge_(merge) {}

  void open(const std::string& dir, const EngineOptions& options) override {
    rocksdb::DB* db = nullptr;
    must(rocksdb::DB::Open(tuned(options.caches), dir, &db));
    db_.reset(db);
    write_options_.sync = options.flushes;
  }

  void persist(const Write& write) override { write_batch({&write, 1}); }

  void write_batch(std::span<const Write> writes) override {
    rocksdb::WriteBatch batch;
    for (const Write& write : writes) add(batch, write);
    if (batch.Count() != 0) must(db_->Write(write_options_, &batch));
  }

  std::optional<std::string> retrieve(std::string_view client) override {
    const std::optional<std::string> stored = get(client);
    return stored ? last_state(*stored) : std::nullopt;
  }

  void settle() override { must(db_->CompactRange({}, nullptr, nullptr)); }
  void close() override {
    must(db_->Close());
    db_.reset();
  }

 private:
  void add(rocksdb::WriteBatch& batch, const Write& write) {
    if (merge_) {
      must(batch.Merge(slice(write.client), encode_last(write)));
      return;
    }
    const std::optional<std::string> stored = get(write.client);
    if (!stored || last_id(*stored) < write.id)
      must(batch.Put(slice(write.client), encode_last(write)));
  }

  std::optional<std::string> get(std::string_view client) {
    std::string stored;
    const rocksdb::Status status = db_->Get({}, slice(client), &stored);
    if (status.IsNotFound()) return std::nullopt;
    must(status);
    return stored;
  }

  bool merge_;
  rocksdb::WriteOptions write_options_;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

std::unique_ptr<Engine> make_rocksdb_merge() {
  return std::make_unique<RocksDbEngine>(true);
}
std::unique_ptr<Engine> make_rocksdb_put() {
  return std::make_unique<RocksDbEngine>(false);
}

}  // namespace seawall::bench
