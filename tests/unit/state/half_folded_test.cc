// A record whose fold runs out of memory half-way, while a `retrieve` waits for another's merge.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/typed_interpreter.h"
#include "seawall/types.h"

#include "format/checkpoint.h"
#include "format/record.h"
#include "state/body_loader.h"
#include "state/checkout.h"
#include "state/client_table.h"
#include "state/live_states.h"
#include "unit/interpreters/failing_new.h"

namespace seawall::state {
namespace {

class Appender final : public TypedInterpreter<std::string> {
 public:
  [[nodiscard]] std::string_view id() const override { return "appender"; }
  [[nodiscard]] Result<void> fold(std::string& state, std::string_view delta) const override {
    state += delta;
    return {};
  }
  [[nodiscard]] std::string write(const std::string& state) const override { return state; }
  [[nodiscard]] Result<std::string> read(std::string_view bytes) const override {
    return std::string(bytes);
  }
};

/// Of clients that have no checkpoint.
class NoBodies final : public BodyLoader {
 public:
  [[nodiscard]] Result<LoadedBody> load(std::string_view client,
                                        const format::BodyPlace& /*place*/) override {
    return std::unexpected(Error{.code = Errc::kNotFound, .message = std::string(client)});
  }
};

/// Client "c", with deltas "1", "2" and "3".
class HalfFolded {
 public:
  explicit HalfFolded(bool clears) : states_(table_, bodies_, 1 << 20), clears_(clears) {
    for (const char* delta : {"1", "2", "3"}) {
      format::RecordView record;
      add(record, format::OperationKind::kApply, delta);
      EXPECT_TRUE(table_.fold(Lsn{++last_}, 1, record));
    }
  }

  /// Folds a batch in which allocation number `nth` fails; returns whether that came out of it.
  bool tear(std::size_t nth) {
    format::RecordView record;
    if (clears_) add(record, format::OperationKind::kClear, "");
    add(record, format::OperationKind::kApply, "4");
    add(record, format::OperationKind::kApply, "5");
    const FailingNew failing(nth);
    try {
      EXPECT_TRUE(table_.fold(Lsn{++last_}, 1, record));
      return false;
    } catch (const std::bad_alloc&) {
      return true;
    }
  }
  std::string retrieve() {
    const auto state = states_.retrieve(interpreter_, "c");
    if (state) return state->value_or("none");
    return state.error().code == Errc::kPoisoned ? "half folded" : to_string(state.error());
  }
  /// As another's merge, until `end_merge`.
  void begin_merge() {
    const std::scoped_lock lock(place_.shard->mutex);
    place_.client->state.merging = true;
  }
  void end_merge() {
    {
      const std::scoped_lock lock(place_.shard->mutex);
      place_.client->state.merging = false;
    }
    place_.shard->idle.notify_all();
  }
  void await_waiting() {
    for (bool waits = false; !waits; std::this_thread::yield()) {
      const std::scoped_lock lock(place_.shard->mutex);
      waits = place_.client->state.waiting > 0;
    }
  }
  std::string deltas_of_a_checkout() {
    std::unique_lock lock(place_.shard->mutex);
    const Checkout checkout(*place_.shard, *place_.client, lock);
    std::string result;
    for (const Delta& delta : checkout.deltas()) result += delta.bytes();
    return result;
  }
  [[nodiscard]] bool is_half_folded() {
    ClientTable::Shard& shard = table_.shard_of(ClientTable::Name("c"));
    const std::scoped_lock lock(shard.mutex);
    const NamedClient* client = ClientTable::find_locked(shard, ClientTable::Name("c"));
    return client != nullptr && table_.is_half_folded_locked(*client);
  }
  [[nodiscard]] std::string whole() const { return clears_ ? "45" : "12345"; }

 private:
  void add(format::RecordView& record, format::OperationKind kind, std::string_view delta) {
    record.interpreter_version = 1;
    record.operations.push_back({kind, static_cast<std::uint32_t>(record.keys.size()), delta});
    record.keys.push_back({"c", "", BatchId(++id_), false});
  }

  Appender interpreter_;
  NoBodies bodies_;
  ClientTable table_;
  ClientTable::Place place_ = table_.find_or_create("c");
  LiveStates states_;
  bool clears_;
  std::uint64_t last_ = 0;
  std::uint64_t id_ = 0;
};

class HalfFoldedTest : public testing::TestWithParam<bool> {};

TEST_P(HalfFoldedTest, IsNotShownToOneWhoWaited) {
  std::size_t halves = 0;
  bool failed = true;
  for (std::size_t nth = 1; failed; ++nth) {
    HalfFolded client(GetParam());
    client.begin_merge();
    std::string shown;
    std::thread reader([&] { shown = client.retrieve(); });
    client.await_waiting();
    failed = client.tear(nth);
    client.end_merge();
    reader.join();
    if (client.is_half_folded()) {
      ++halves;
      EXPECT_EQ(shown, "half folded") << nth;
    } else {
      EXPECT_EQ(shown, failed ? "123" : client.whole()) << nth;
    }
    EXPECT_EQ(client.retrieve(), shown);
  }
  EXPECT_GT(halves, 0U);
}

TEST_P(HalfFoldedTest, IsNotTakenOut) {
  bool failed = true;
  for (std::size_t nth = 1; failed; ++nth) {
    HalfFolded client(GetParam());
    failed = client.tear(nth);
    const std::string taken = client.deltas_of_a_checkout();
    if (failed) {
      EXPECT_TRUE(taken == "123" || (GetParam() && taken.empty())) << taken;
    } else {
      EXPECT_EQ(taken, client.whole());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(ClearsBefore, HalfFoldedTest, testing::Bool());

}  // namespace
}  // namespace seawall::state
