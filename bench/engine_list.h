#pragma once

/// \file
/// The engines by name, and those this build lacks.

#include <memory>
#include <string_view>
#include <vector>

#include "engine.h"

namespace seawall::bench {

struct EngineInfo {
  std::string_view name;
  std::string_view what;              ///< How it is driven, for the table's legend.
  std::string_view package;           ///< Debian package that is missing, when `make` is null.
  std::unique_ptr<Engine> (*make)();  ///< Null when the library was not found at build time.
  bool quick = false;                 ///< Part of --quick.
  bool retrieves = true;              ///< Keeps states (the probe does not).
  bool batches = true;                ///< Has more than one record under way.
  bool bulk = true;                   ///< Opens again, and loads a million records in seconds.
  bool entries = false;               ///< Keeps states of many entries (entry_state.h).
};

/// Returns all engines, Seawall first.
[[nodiscard]] const std::vector<EngineInfo>& engine_list();

/// Returns the engine `name`, or null.
[[nodiscard]] const EngineInfo* find_engine(std::string_view name);

std::unique_ptr<Engine> make_seawall();
std::unique_ptr<Engine> make_probe();
std::unique_ptr<Engine> make_rocksdb_merge();
std::unique_ptr<Engine> make_rocksdb_put();
std::unique_ptr<Engine> make_leveldb();
std::unique_ptr<Engine> make_lmdb();
std::unique_ptr<Engine> make_sqlite();
std::unique_ptr<Engine> make_wiredtiger();
std::unique_ptr<Engine> make_file_per_record();

}  // namespace seawall::bench
