#pragma once

/// \file
/// A log of three clients to be damaged, and what quarantine makes of it.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/list_interpreter.h"
#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::engine {

using storage::SimulatedFileSystem;
using Machine = std::shared_ptr<SimulatedFileSystem>;
using Engine = std::unique_ptr<LogEngine>;

inline const std::string kDirectory = "/base/log";
inline const VolumeName kName{"/base", "log"};
inline constexpr std::uint64_t kRecords = 30;

inline std::shared_ptr<const StateInterpreterInterface> interpreter() {
  return std::make_shared<crash::ListInterpreter>(true);
}

inline std::shared_ptr<StorageInterface> storage_on(const Machine& machine) {
  return storage::make_file_storage(
      machine, {.segment_bytes_min = 16384, .segment_bytes_max = 16384, .group_align_bytes = 64});
}

inline Result<Engine> open(const Machine& machine, DamagePolicy policy) {
  Options options;
  options.damage_policy = policy;
  return LogEngine::open(interpreter(), storage_on(machine), kName, {options, false});
}

inline Errc persist(LogEngine& log, const std::string& client, std::uint64_t id) {
  const std::string data = std::to_string(id) + std::string(600, '.');
  const Operation operation{Operation::Kind::kApply, client, id, "", data, false};
  const auto ticket = log.submit({&operation, 1}, nullptr);
  if (!ticket) return ticket.error().code;
  const auto waited = log.wait(ticket->lsn);
  return waited ? Errc::kBusy : waited.error().code;  // kBusy stands for success here
}
inline constexpr Errc kDone = Errc::kBusy;

inline Errc clear(LogEngine& log, const std::string& client, const BatchId& id = {}) {
  const Operation operation{Operation::Kind::kClear, client, id, "", {}, false};
  const auto ticket = log.submit({&operation, 1}, nullptr);
  if (!ticket) return ticket.error().code;
  const auto waited = log.wait(ticket->lsn);
  return waited ? kDone : waited.error().code;
}

inline std::string client_of(std::uint64_t lsn) {
  return lsn % 5 == 0 ? "rare" : "client-" + std::to_string(lsn % 2);
}

class Quarantine : public testing::Test {
 protected:
  /// Records 1.. of three clients; with `checkpoint_at`, a checkpoint after that one.
  void fill(std::uint64_t checkpoint_at) {
    auto log = open(machine_, DamagePolicy::kRefuse);
    ASSERT_TRUE(log) << to_string(log.error());
    for (std::uint64_t lsn = 1; lsn <= kRecords; ++lsn) {
      ASSERT_EQ(persist(**log, client_of(lsn), lsn), kDone);
      (*log)->do_chores(lsn);
      if (lsn == checkpoint_at) {
        ASSERT_TRUE((*log)->checkpoint());
      }
    }
    ASSERT_TRUE((*log)->close());
    const auto dumped =
        LogReader::dump(storage_on(machine_), "log", "/base", [&](const DumpedRecord& record) {
          places_[record.lsn.value] = record.place;
          return true;
        });
    ASSERT_TRUE(dumped);
  }

  static void flip(SimulatedFileSystem& machine, const std::string& name, std::uint64_t offset) {
    std::string bytes = machine.bytes(kDirectory, name);
    ASSERT_LT(offset, bytes.size());
    bytes[offset] = static_cast<char>(bytes[offset] ^ 4);
    machine.set_bytes(kDirectory, name, bytes);
  }

  [[nodiscard]] bool has_directory(std::uint64_t lsn) {
    std::string name = places_.at(lsn).file;
    name.replace(0, std::string("segment").size(), "directory");
    return !machine_->bytes(kDirectory, name).empty();
  }

  /// A record of `client` in a segment with a directory.
  std::uint64_t sealed_record(const std::string& client) {
    for (const auto& [lsn, place] : places_) {
      if (client_of(lsn) == client && has_directory(lsn)) return lsn;
    }
    ADD_FAILURE() << "no sealed record of " << client;
    return 0;
  }

  std::string object() const {
    for (const std::string& name : machine_->names(kDirectory)) {
      if (name.starts_with("object-")) return name;
    }
    ADD_FAILURE() << "no object";
    return {};
  }

  static void expect_quarantined(LogEngine& log, const std::string& client) {
    EXPECT_EQ(persist(log, client, 1000), Errc::kCorrupt) << client;
    EXPECT_EQ(clear(log, client, "a message's clear"), Errc::kCorrupt) << client;
    const auto state = log.retrieve(client);
    EXPECT_TRUE(!state && state.error().code == Errc::kCorrupt) << client;
    const auto seen = log.seen(client, 1, "");
    EXPECT_TRUE(!seen && seen.error().code == Errc::kCorrupt) << client;
  }

  static void expect_whole(LogEngine& log, const std::string& client) {
    std::string expected;
    for (std::uint64_t lsn = 1; lsn <= kRecords; ++lsn) {
      if (client_of(lsn) == client) expected += std::to_string(lsn) + std::string(600, '.');
    }
    const auto state = log.retrieve(client);
    ASSERT_TRUE(state && *state) << client;
    EXPECT_EQ((*state)->substr(0, expected.size()), expected) << client;
    EXPECT_TRUE(
        log.seen(client, client == "rare" ? 5 : client.back() - '0' + 2, "").value_or(false));
  }

  Machine machine_ = std::make_shared<SimulatedFileSystem>();
  std::map<std::uint64_t, Place> places_;  ///< By LSN.
};

}  // namespace seawall::engine
