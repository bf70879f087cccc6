#include "alloc/tested_log.h"

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "alloc/failing_new.h"
#include "base/exceptions.h"
#include "engine/log_engine.h"

namespace seawall::alloc {
namespace {

class PublicLog final : public TestedLog {
 public:
  explicit PublicLog(std::unique_ptr<WriteAheadLog> log) : log_(std::move(log)) {}
  ~PublicLog() override {
    const Exempt counted(false);
    log_.reset();
  }
  PublicLog(const PublicLog&) = delete;
  PublicLog& operator=(const PublicLog&) = delete;

  Result<BatchReceipt> commit(std::span<const Operation> operations) override {
    const Exempt counted(false);
    if (operations.size() > 1) return log_->batch(operations);
    const Operation& one = operations.front();
    const auto receipt = one.kind == Operation::Kind::kApply
                             ? log_->persist(one.client, one.data, one.id, one.producer)
                             : log_->clear(one.client, one.keep_ids, one.id, one.producer);
    const Exempt exempt;
    if (!receipt) return std::unexpected(receipt.error());
    return BatchReceipt{receipt->lsn, {receipt->outcome}};
  }
  Result<BatchTicket> submit(std::span<const Operation> operations) override {
    const Exempt counted(false);
    return log_->submit_batch(operations);
  }
  ManyTicket submit_many(std::span<const std::span<const Operation>> transactions) override {
    const Exempt counted(false);
    return log_->submit_many(transactions);
  }
  Result<void> wait(Lsn lsn) override {
    const Exempt counted(false);
    return log_->wait(lsn);
  }
  Result<std::optional<std::string>> retrieve(std::string_view client) override {
    const Exempt counted(false);
    return log_->retrieve(client);
  }
  Result<bool> seen(std::string_view client, const BatchId& id,
                    std::string_view producer) override {
    const Exempt counted(false);
    return log_->seen(client, id, producer);
  }
  Result<void> checkpoint() override {
    const Exempt counted(false);
    return log_->checkpoint();
  }
  Result<void> close() override {
    const Exempt counted(false);
    return log_->close();
  }
  void on_durable(WriteAheadLog::DurableCallback callback) override {
    const Exempt counted(false);
    log_->on_durable(std::move(callback));
  }
  std::vector<std::string> clients() override {
    const Exempt counted(false);
    return log_->clients();
  }
  LogStats stats() override {
    const Exempt counted(false);
    return log_->stats();
  }
  Lsn durable() override { return log_->durable_lsn(); }

 private:
  std::unique_ptr<WriteAheadLog> log_;
};

/// Catches where WriteAheadLog does.
class InlineLog final : public TestedLog {
 public:
  explicit InlineLog(std::unique_ptr<engine::LogEngine> log) : log_(std::move(log)) {}
  ~InlineLog() override {
    const Exempt counted(false);
    log_.reset();
  }
  InlineLog(const InlineLog&) = delete;
  InlineLog& operator=(const InlineLog&) = delete;

  Result<BatchReceipt> commit(std::span<const Operation> operations) override {
    const Exempt counted(false);
    return base::catching([&]() -> Result<BatchReceipt> {
      std::vector<Outcome> outcomes;
      auto ticket = log_->commit(operations, &outcomes);
      if (!ticket) return std::unexpected(std::move(ticket.error()));
      return BatchReceipt{ticket->lsn, std::move(outcomes)};
    });
  }
  Result<BatchTicket> submit(std::span<const Operation> operations) override {
    const Exempt counted(false);
    return base::catching([&]() -> Result<BatchTicket> {
      std::vector<Outcome> outcomes;
      auto ticket = log_->submit(operations, &outcomes);
      if (!ticket) return std::unexpected(std::move(ticket.error()));
      return BatchTicket{ticket->lsn, std::move(outcomes)};
    });
  }
  ManyTicket submit_many(std::span<const std::span<const Operation>> transactions) override {
    const Exempt counted(false);
    return log_->submit_many(transactions);
  }
  Result<void> wait(Lsn lsn) override {
    const Exempt counted(false);
    return base::catching([&] { return log_->wait(lsn); });
  }
  Result<std::optional<std::string>> retrieve(std::string_view client) override {
    const Exempt counted(false);
    return base::catching([&] { return log_->retrieve(client); });
  }
  Result<bool> seen(std::string_view client, const BatchId& id,
                    std::string_view producer) override {
    const Exempt counted(false);
    return base::catching([&] { return log_->seen(client, id, producer); });
  }
  Result<void> checkpoint() override {
    const Exempt counted(false);
    return base::catching([&] { return log_->checkpoint(); });
  }
  Result<void> close() override {
    const Exempt counted(false);
    return base::catching([&] { return log_->close(); });
  }
  void on_durable(WriteAheadLog::DurableCallback callback) override {
    const Exempt counted(false);
    log_->on_durable(std::move(callback));
  }
  std::vector<std::string> clients() override {
    const Exempt counted(false);
    return log_->clients();
  }
  LogStats stats() override {
    const Exempt counted(false);
    return log_->stats();
  }
  Lsn durable() override { return log_->durable_lsn(); }

 private:
  std::unique_ptr<engine::LogEngine> log_;
};

}  // namespace

Result<std::unique_ptr<TestedLog>> TestedLog::open(
    const std::shared_ptr<const StateInterpreterInterface>& interpreter, const Place& place) {
  if (place.threaded) {
    const Exempt counted(false);
    auto log = WriteAheadLog::open(interpreter, place.storage, place.name.service_name,
                                   place.name.base_dir, place.options);
    const Exempt exempt;
    if (!log) return std::unexpected(std::move(log.error()));
    return std::make_unique<PublicLog>(std::move(*log));
  }
  const Exempt counted(false);
  auto log = base::catching([&] {
    return engine::LogEngine::open(interpreter, place.storage, place.name,
                                   {.options = place.options, .threaded = false});
  });
  const Exempt exempt;
  if (!log) return std::unexpected(std::move(log.error()));
  return std::make_unique<InlineLog>(std::move(*log));
}

}  // namespace seawall::alloc
