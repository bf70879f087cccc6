// `retrieve` at the moment when a checkpoint round removes the objects that it has replaced.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/types.h"

#include "crash/list_interpreter.h"
#include "crash/meddled_file_system.h"
#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/file_system.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {
namespace {

/// Calls back after each object that was removed.
class RemovalWatch final : public Meddler {
 public:
  Result<void> unlink(storage::Directory& directory, std::string_view name) override {
    auto removed = directory.unlink(name);
    if (name.starts_with("object-") && then) then();
    return removed;
  }
  std::function<void()> then;
};

// Shown to fail when objects are removed with the publication, before their clients have moved.
TEST(RoundReader, FindsItsStateWhileItsObjectIsReplaced) {
  constexpr int kClients = 20;
  constexpr int kRounds = 10;
  const auto watch = std::make_shared<RemovalWatch>();
  const auto storage =
      storage::make_file_storage(meddled(std::make_shared<storage::SimulatedFileSystem>(1), watch));
  engine::EngineConfig config;
  config.threaded = false;
  config.options.live_state_bytes_max = 1;  // each state is read from its object
  const auto opened = engine::LogEngine::open(std::make_shared<ListInterpreter>(true), storage,
                                              {"/base", "log"}, config);
  ASSERT_TRUE(opened) << to_string(opened.error());
  engine::LogEngine& log = **opened;
  std::uint64_t id = 0;
  std::size_t reads = 0;
  const auto name_of = [](int client) { return "client-" + std::to_string(client); };
  watch->then = [&] {
    for (int client = 0; client < kClients; ++client) {
      const auto state = log.retrieve(name_of(client));
      ASSERT_TRUE(state) << to_string(state.error());
      ++reads;
    }
  };
  for (int round = 0; round < kRounds; ++round) {
    // Different ones each time, so that objects die with some of their states still alive in them.
    for (int client = round % 2; client < kClients; client += 1 + round % 3) {
      const std::string name = name_of(client);
      const Operation operation{Operation::Kind::kApply, name, BatchId(id++), "", "data;", false};
      ASSERT_TRUE(log.commit({&operation, 1}, nullptr));
    }
    ASSERT_TRUE(log.checkpoint());
  }
  EXPECT_GT(reads, 0U);
}

}  // namespace
}  // namespace seawall::crash
