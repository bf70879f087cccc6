// Checkpoint rounds as a whole: what they write, what they forget, what a full disk does to them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/typed_interpreter.h"
#include "seawall/types.h"

#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::checkpoint {
namespace {

/// Appends deltas; a delta "!" cannot be merged.
class Appender final : public TypedInterpreter<std::string> {
 public:
  explicit Appender(bool merges_in_background = true)
      : merges_in_background_(merges_in_background) {}
  [[nodiscard]] std::string_view id() const override { return "appender"; }
  [[nodiscard]] bool merges_in_background() const override { return merges_in_background_; }
  [[nodiscard]] Result<void> fold(std::string& state, std::string_view delta) const override {
    if (delta == "!" && !accepts_bad_) {
      return std::unexpected(Error{.code = Errc::kInterpreter, .message = "cannot merge '!'"});
    }
    state += delta;
    return {};
  }
  [[nodiscard]] std::string write(const std::string& state) const override { return state; }
  [[nodiscard]] Result<std::string> read(std::string_view bytes) const override {
    return std::string(bytes);
  }
  void accept_bad() { accepts_bad_ = true; }

 private:
  bool merges_in_background_;
  bool accepts_bad_ = false;
};

class RoundsTest : public testing::Test {
 protected:
  void open(Options options = {}, bool merges_in_background = true) {
    log_.reset();
    machine_->kill_process();
    interpreter_ = std::make_shared<Appender>(merges_in_background);
    auto opened = engine::LogEngine::open(interpreter_, storage::make_file_storage(machine_),
                                          {"/base", "log"}, {options, false});
    ASSERT_TRUE(opened) << to_string(opened.error());
    log_ = std::move(*opened);
  }

  Result<Outcome> commit(const Operation& operation) {
    const auto ticket = log_->submit({&operation, 1}, nullptr);
    if (!ticket) return std::unexpected(ticket.error());
    if (const auto waited = log_->wait(ticket->lsn); !waited) {
      return std::unexpected(waited.error());
    }
    return ticket->outcome;
  }
  Result<Outcome> persist(std::string_view client, std::string_view data) {
    return commit({Operation::Kind::kApply, client, BatchId(next_id_++), "", data, false});
  }
  Result<Outcome> clear(std::string_view client) {
    return commit({Operation::Kind::kClear, client, {}, "", "", false});
  }
  std::string state(std::string_view client) {
    const auto state = log_->retrieve(client);
    return !state ? to_string(state.error()) : state->value_or("none");
  }

  std::shared_ptr<storage::SimulatedFileSystem> machine_ =
      std::make_shared<storage::SimulatedFileSystem>();
  std::shared_ptr<Appender> interpreter_;
  std::unique_ptr<engine::LogEngine> log_;
  std::uint64_t next_id_ = 1;
};

TEST_F(RoundsTest, ClearedClientsLeaveNothingBehind) {
  open();
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(persist("client-" + std::to_string(round * 200 + i), "some data"));
    }
    ASSERT_TRUE(log_->checkpoint());
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(clear("client-" + std::to_string(round * 200 + i)));
    }
    ASSERT_TRUE(log_->checkpoint());
  }
  // Objects that hold only void entries go with the rounds after.
  for (int round = 0; round < 3; ++round) ASSERT_TRUE(log_->checkpoint());
  EXPECT_EQ(log_->stats().checkpoint_objects, 0U);
  EXPECT_EQ(log_->stats().clients, 0U);
  open();
  EXPECT_EQ(log_->stats().recovered_records, 0U);
  EXPECT_EQ(state("client-7"), "none");
}

TEST_F(RoundsTest, AClearedClientDoesNotComeBackFromAnOlderObject) {
  open();
  ASSERT_TRUE(persist("stays", "s"));
  ASSERT_TRUE(persist("goes", "old life"));
  ASSERT_TRUE(log_->checkpoint());
  ASSERT_TRUE(clear("goes"));
  ASSERT_TRUE(log_->checkpoint());
  open();
  EXPECT_EQ(state("goes"), "none");
  EXPECT_EQ(state("stays"), "s");
  ASSERT_TRUE(persist("goes", "new"));
  ASSERT_TRUE(log_->checkpoint());
  open();
  EXPECT_EQ(state("goes"), "new");
}

TEST_F(RoundsTest, ALargeStateIsNotRewrittenForSmallDeltas) {
  open();
  const std::string large(200'000, 'x');
  ASSERT_TRUE(persist("a", large));
  ASSERT_TRUE(log_->checkpoint());
  std::string expected = large;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(persist("a", "delta;"));
    expected += "delta;";
    ASSERT_TRUE(log_->checkpoint());
  }
  EXPECT_LT(log_->stats().checkpoint_bytes, 2 * large.size());
  EXPECT_EQ(state("a"), expected);
  open();
  EXPECT_EQ(state("a"), expected);
}

TEST_F(RoundsTest, DiskStaysInProportionToWhatIsLive) {
  Options options;
  options.log_bytes_max = 256 << 10;
  open(options);
  constexpr int kClients = 500;
  for (int i = 0; i < 30'000; ++i) {
    const std::string client = "client-" + std::to_string(i * 7919 % kClients);
    if (i % 40 == 0) {
      ASSERT_TRUE(clear(client));
    }
    ASSERT_TRUE(persist(client, "0123456789"));
  }
  ASSERT_TRUE(log_->checkpoint());
  ASSERT_TRUE(log_->checkpoint());
  const LogStats stats = log_->stats();
  EXPECT_LE(stats.checkpoint_bytes, 3 * stats.checkpoint_live_bytes);
  EXPECT_LE(stats.volume.segments + stats.volume.spare_segments, 4U);
}

TEST_F(RoundsTest, EveryThreeLiterally) {
  Options options;
  options.checkpoint_state_share = 0;
  open(options);
  ASSERT_TRUE(persist("a", "1"));
  ASSERT_TRUE(persist("a", "2"));
  EXPECT_EQ(log_->stats().checkpoint_rounds, 0U);
  ASSERT_TRUE(persist("a", "3"));
  EXPECT_EQ(log_->stats().checkpoint_rounds, 1U);
  EXPECT_EQ(log_->stats().tail_bytes, 0U);
}

TEST_F(RoundsTest, WithoutBackgroundMergingDeltasAreCarriedOver) {
  open({}, false);
  std::string expected;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(persist("a", std::to_string(i)));
    expected += std::to_string(i);
    ASSERT_TRUE(log_->checkpoint());
    if (i % 3 == 0) {
      EXPECT_EQ(state("a"), expected);
    }
    if (i % 4 == 0) open({}, false);
  }
  EXPECT_EQ(state("a"), expected);
}

TEST_F(RoundsTest, ADeltaThatCannotBeMergedStaysPending) {
  open();
  ASSERT_TRUE(persist("a", "good"));
  ASSERT_TRUE(persist("a", "!"));
  ASSERT_TRUE(persist("a", "more"));
  ASSERT_TRUE(persist("b", "fine"));
  ASSERT_TRUE(log_->checkpoint());
  EXPECT_EQ(log_->retrieve("a").error().code, Errc::kInterpreter);
  EXPECT_EQ(state("b"), "fine");
  open();
  EXPECT_EQ(log_->retrieve("a").error().code, Errc::kInterpreter);
  interpreter_->accept_bad();
  EXPECT_EQ(state("a"), "good!more");
}

TEST_F(RoundsTest, ManyLivesInALittleMemory) {
  Options options;
  options.live_state_bytes_max = 10'000;
  open(options);
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(persist("client-" + std::to_string(i), std::string(200, 'x')));
  }
  for (int turn = 0; turn < 2; ++turn) {
    for (int i = 0; i < 300; ++i) {
      EXPECT_EQ(state("client-" + std::to_string(i)).size(), 200U);
      EXPECT_LE(log_->stats().live_state_bytes, 11'000U);
    }
    ASSERT_TRUE(log_->checkpoint());
  }
}

TEST_F(RoundsTest, AFullDiskCanBeClearedCheckpointedAndReopened) {
  constexpr std::uint64_t kCapacity = std::uint64_t{12} << 20;
  machine_->set_capacity(kCapacity);
  open();
  const std::string data(20'000, 'x');
  std::uint64_t acknowledged = 0;
  Result<Outcome> persisted = Outcome::kCommitted;
  while (persisted && acknowledged < 5000) {
    persisted = persist("client-" + std::to_string(acknowledged), data);
    if (persisted) ++acknowledged;
  }
  ASSERT_FALSE(persisted);
  EXPECT_EQ(persisted.error().code, Errc::kNoSpace);
  open();
  EXPECT_EQ(log_->stats().clients, acknowledged);
  for (std::uint64_t i = 0; i < acknowledged; ++i) {
    const auto cleared = clear("client-" + std::to_string(i));
    ASSERT_TRUE(cleared) << i << ": " << to_string(cleared.error());
  }
  for (int round = 0; round < 4; ++round) {
    const auto done = log_->checkpoint();
    ASSERT_TRUE(done) << to_string(done.error());
  }
  EXPECT_TRUE(persist("again", data)) << "acks resume by themselves";
  open();
  EXPECT_EQ(log_->stats().clients, 1U);
}

// Every object keeps some that lives, so that no space comes back without writing.
TEST_F(RoundsTest, AFullDiskGivesSpaceBackThoughEveryObjectHasSomeLife) {
  constexpr std::uint64_t kCapacity = std::uint64_t{48} << 20;
  machine_->set_capacity(kCapacity);
  Options options;
  options.log_bytes_max = 1 << 20;
  open(options);
  const std::string data(20'000, 'x');
  std::uint64_t clients = 0;
  while (persist("client-" + std::to_string(clients), data)) ++clients;
  ASSERT_GT(clients, 500U);
  open(options);
  for (std::uint64_t i = 0; i < clients; ++i) {
    if (i % 5 == 0) continue;
    auto cleared = clear("client-" + std::to_string(i));
    if (!cleared) {
      // The clears so far are many small groups. A round gives their space back.
      const auto done = log_->checkpoint();
      ASSERT_TRUE(done) << i << ": " << to_string(done.error());
      cleared = clear("client-" + std::to_string(i));
    }
    ASSERT_TRUE(cleared) << i << ": " << to_string(cleared.error());
  }
  for (int round = 0; round < 12; ++round) {
    const auto done = log_->checkpoint();
    ASSERT_TRUE(done) << round << ": " << to_string(done.error());
  }
  EXPECT_LE(log_->stats().checkpoint_bytes, 2 * log_->stats().checkpoint_live_bytes);
  for (std::uint64_t i = 0; i < clients / 2; ++i) {
    ASSERT_TRUE(persist("again-" + std::to_string(i), data)) << "acks resume by themselves";
  }
  open(options);
  for (std::uint64_t i = 0; i < clients; i += 5) {
    EXPECT_EQ(state("client-" + std::to_string(i)), data) << i;
  }
}

TEST_F(RoundsTest, AFullDiskIsOpenedAndClearedOneLifeAtATime) {
  constexpr std::uint64_t kCapacity = std::uint64_t{8} << 20;
  machine_->set_capacity(kCapacity);
  open();
  std::uint64_t clients = 0;
  while (persist("client-" + std::to_string(clients), std::string(500'000, 'x'))) ++clients;
  ASSERT_GT(clients, 3U);
  // Somebody else takes the rest.
  const auto directory = machine_->open_directory("/base/log").value();
  machine_->set_capacity(kCapacity - directory->free_bytes().value());
  for (std::uint64_t i = 0; i < clients; ++i) {
    open();
    const auto cleared = clear("client-" + std::to_string(i));
    ASSERT_TRUE(cleared) << i << ": " << to_string(cleared.error());
    ASSERT_TRUE(log_->close());
  }
  open();
  EXPECT_TRUE(persist("again", "data")) << "acks resume by themselves";
}

TEST_F(RoundsTest, ManyShortLivesNeedLittleDisk) {
  for (int life = 0; life < 30; ++life) {
    open();
    ASSERT_TRUE(persist("a", "x"));
    ASSERT_TRUE(log_->close());
  }
  open();
  EXPECT_EQ(state("a").size(), 30U);
  EXPECT_LE(log_->stats().volume.log_bytes, std::uint64_t{8} << 20);
}

}  // namespace
}  // namespace seawall::checkpoint
