#include "engine_list.h"

#include <algorithm>
#include <string_view>
#include <vector>

// One line per library that CMake may not have found.
#ifdef SEAWALL_BENCH_ROCKSDB
#define IF_ROCKSDB(make) make
#else
#define IF_ROCKSDB(make) nullptr
#endif
#ifdef SEAWALL_BENCH_LEVELDB
#define IF_LEVELDB(make) make
#else
#define IF_LEVELDB(make) nullptr
#endif
#ifdef SEAWALL_BENCH_LMDB
#define IF_LMDB(make) make
#else
#define IF_LMDB(make) nullptr
#endif
#ifdef SEAWALL_BENCH_SQLITE
#define IF_SQLITE(make) make
#else
#define IF_SQLITE(make) nullptr
#endif
#ifdef SEAWALL_BENCH_WIREDTIGER
#define IF_WIREDTIGER(make) make
#else
#define IF_WIREDTIGER(make) nullptr
#endif

namespace seawall::bench {

const std::vector<EngineInfo>& engine_list() {
  static const std::vector<EngineInfo> list = {
      {.name = "seawall",
       .what = "FileSystemStorage, default options",
       .package = "",
       .make = make_seawall,
       .quick = true,
       .entries = true},
      {.name = "probe",
       .what = "pwrite + fdatasync of the same bytes, zero-filled file",
       .package = "",
       .make = make_probe,
       .quick = true,
       .retrieves = false,
       .bulk = false,
       .entries = true},
      {.name = "rocksdb_merge",
       .what = "Merge, sync=true",
       .package = "librocksdb-dev",
       .make = IF_ROCKSDB(make_rocksdb_merge),
       .quick = true},
      {.name = "rocksdb_put",
       .what = "get, merge, Put, sync=true",
       .package = "librocksdb-dev",
       .make = IF_ROCKSDB(make_rocksdb_put)},
      {.name = "leveldb",
       .what = "get, merge, Put, sync=true",
       .package = "libleveldb-dev",
       .make = IF_LEVELDB(make_leveldb),
       .quick = true},
      {.name = "lmdb",
       .what = "a transaction per group of waiting callers",
       .package = "liblmdb-dev",
       .make = IF_LMDB(make_lmdb)},
      {.name = "sqlite",
       .what = "WAL, synchronous=FULL, a transaction per group",
       .package = "libsqlite3-dev",
       .make = IF_SQLITE(make_sqlite)},
      {.name = "wiredtiger",
       .what = "log, transaction_sync=fsync",
       .package = "libwiredtiger-dev",
       .make = IF_WIREDTIGER(make_wiredtiger)},
      {.name = "file_per_record",
       .what = "a file per record, five fsyncs per message",
       .package = "",
       .make = make_file_per_record,
       .batches = false,
       .bulk = false,
       .entries = true},
  };
  return list;
}

const EngineInfo* find_engine(std::string_view name) {
  const auto found = std::ranges::find(engine_list(), name, &EngineInfo::name);
  return found == engine_list().end() ? nullptr : &*found;
}

}  // namespace seawall::bench
