// What an entry has of a client's ids after memory ran short at the end of a former round's loan.

#include "checkpoint/entry.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/types.h"

#include "format/checkpoint.h"
#include "format/record.h"
#include "state/body_loader.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/dedup_set.h"
#include "state/ids_loan.h"
#include "state/live_states.h"
#include "unit/interpreters/failing_new.h"

namespace seawall::checkpoint {
namespace {

/// Of clients that have no checkpoint.
class NoBodies final : public state::BodyLoader {
 public:
  [[nodiscard]] Result<state::LoadedBody> load(std::string_view client,
                                               const format::BodyPlace& /*place*/) override {
    return std::unexpected(Error{.code = Errc::kNotFound, .message = std::string(client)});
  }
};

class EntryTest : public testing::Test {
 protected:
  void persist(const std::string& producer, std::uint64_t id) {
    format::RecordView record;
    record.interpreter_version = 1;
    record.keys.push_back({"c", producer, BatchId(id), false});
    record.operations.push_back({format::OperationKind::kApply, 0, "d"});
    ASSERT_TRUE(table_.fold(Lsn{++last_}, 1, record));
    all_.insert(producer, BatchId(id));
  }

  /// Lends the ids as a round does; they cannot be given back once others have come.
  void lend_for_good() {
    std::unique_ptr<state::IdsLoan> loan;
    {
      const std::scoped_lock lock(place_.shard->mutex);
      loan = std::make_unique<state::IdsLoan>(*place_.shard, *place_.client);
    }
    persist("p", 5);
    const FailingNew failing(1);
    loan.reset();
    ASSERT_TRUE(place_.client->state.has_lent());
  }

  std::string ids_of_entry() {
    EntryWriter writer(table_, states_, {nullptr, 0.5, 0});
    format::CheckpointBuilder builder({}, 1);
    const auto written = writer.write(*place_.client, nullptr, builder);
    EXPECT_TRUE(written);
    format::CheckpointFooter footer;
    const std::string object = builder.finish(footer);
    format::IndexWalk walk(std::string_view(object).substr(footer.index_offset, footer.index_bytes),
                           footer);
    format::CheckpointEntry entry;
    EXPECT_TRUE(walk.next(entry));
    return std::string(entry.ids);
  }

  [[nodiscard]] std::string all() const {
    std::string bytes;
    all_.encode(bytes);
    return bytes;
  }

  NoBodies bodies_;
  state::ClientTable table_;
  state::ClientTable::Place place_ = table_.find_or_create("c");
  state::LiveStates states_{table_, bodies_, 1 << 20};
  state::DedupSets all_;
  std::uint64_t last_ = 0;
};

TEST_F(EntryTest, HasTheIdsThatAFormerLoanCouldNotGiveBack) {
  for (std::uint64_t id = 1; id <= 1'500; ++id) persist("", 10 * id);
  lend_for_good();
  EXPECT_EQ(ids_of_entry(), all());
  EXPECT_FALSE(place_.client->state.has_lent());
}

TEST_F(EntryTest, HasNoneOfThemOnceTheLifeIsOver) {
  for (std::uint64_t id = 1; id <= 1'500; ++id) persist("", 10 * id);
  lend_for_good();
  format::RecordView clear;
  clear.keys.push_back({"c", "", {}, false});
  clear.operations.push_back({format::OperationKind::kClear, 0, ""});
  ASSERT_TRUE(table_.fold(Lsn{++last_}, 1, clear));
  all_.clear();
  EXPECT_TRUE(place_.shard->graveyard.has_ids());
  persist("", 10);
  EXPECT_EQ(ids_of_entry(), all());
}

}  // namespace
}  // namespace seawall::checkpoint
