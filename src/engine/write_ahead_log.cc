#include "seawall/write_ahead_log.h"

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "base/cancellation_hold.h"
#include "base/exceptions.h"
#include "engine/log_engine.h"

namespace seawall {
namespace {

Result<void> check_options(const Options& options) {
  constexpr std::size_t kRecordBytesMax = std::size_t{1} << 30;
  const bool sound = options.record_bytes_max > 0 && options.record_bytes_max <= kRecordBytesMax &&
                     options.in_flight_records_max > 0 && options.checkpoint_every_records > 0 &&
                     options.checkpoint_state_share >= 0 && options.log_bytes_max > 0;
  if (sound) return {};
  return std::unexpected(
      Error{.code = Errc::kInvalidArgument, .message = "an option is outside its limits"});
}

}  // namespace

class WriteAheadLog::Impl {
 public:
  explicit Impl(std::unique_ptr<engine::LogEngine> log) : engine(std::move(log)) {}
  ~Impl() {
    const base::CancellationHold hold;
    engine.reset();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<Receipt> commit(const Operation& operation) {
    auto ticket = engine->commit({&operation, 1}, nullptr);
    if (!ticket) return std::unexpected(std::move(ticket.error()));
    return Receipt{ticket->outcome, ticket->lsn};
  }

  std::unique_ptr<engine::LogEngine> engine;
};

Result<std::unique_ptr<WriteAheadLog>> WriteAheadLog::open(
    std::shared_ptr<const StateInterpreterInterface> state_interpreter,
    std::shared_ptr<StorageInterface> storage, const std::string& service_name,
    const std::string& base_dir, const Options& options) {
  return base::catching([&]() -> Result<std::unique_ptr<WriteAheadLog>> {
    if (!state_interpreter || !storage) {
      return std::unexpected(Error{.code = Errc::kInvalidArgument,
                                   .message = "an interpreter and a storage are needed"});
    }
    if (auto checked = check_options(options); !checked) return std::unexpected(checked.error());
    auto engine = engine::LogEngine::open(std::move(state_interpreter), std::move(storage),
                                          {base_dir, service_name}, {options, true});
    if (!engine) return std::unexpected(std::move(engine.error()));
    return std::unique_ptr<WriteAheadLog>(
        new WriteAheadLog(std::make_unique<Impl>(std::move(*engine))));
  });
}

WriteAheadLog::WriteAheadLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

WriteAheadLog::~WriteAheadLog() = default;

Result<Receipt> WriteAheadLog::persist(std::string_view client_id, std::string_view data,
                                       const BatchId& batch_id) {
  return persist(client_id, data, batch_id, {});
}

Result<Receipt> WriteAheadLog::persist(std::string_view client_id, std::string_view data,
                                       const BatchId& batch_id, std::string_view producer) {
  return base::catching([&] {
    return impl_->commit({Operation::Kind::kApply, client_id, batch_id, producer, data, false});
  });
}

Result<Ticket> WriteAheadLog::submit(std::string_view client_id, std::string_view data,
                                     const BatchId& batch_id, std::string_view producer) {
  return base::catching([&] {
    const Operation operation{Operation::Kind::kApply, client_id, batch_id, producer, data, false};
    return impl_->engine->submit({&operation, 1}, nullptr);
  });
}

Result<void> WriteAheadLog::wait(Lsn lsn) {
  return base::catching([&] { return impl_->engine->wait(lsn); });
}

Result<Receipt> WriteAheadLog::wait(const Ticket& ticket) {
  if (auto waited = wait(ticket.lsn); !waited) return std::unexpected(std::move(waited.error()));
  return Receipt{ticket.outcome, ticket.lsn};
}

Lsn WriteAheadLog::durable_lsn() const {
  return impl_->engine->durable_lsn();
}

void WriteAheadLog::on_durable(DurableCallback callback) {
  impl_->engine->on_durable(std::move(callback));
}

void WriteAheadLog::listen(DurableListener* listener) {
  impl_->engine->listen(listener);
}

Result<BatchReceipt> WriteAheadLog::batch(std::span<const Operation> operations) {
  return base::catching([&]() -> Result<BatchReceipt> {
    std::vector<Outcome> outcomes;
    auto ticket = impl_->engine->commit(operations, &outcomes);
    if (!ticket) return std::unexpected(std::move(ticket.error()));
    return BatchReceipt{ticket->lsn, std::move(outcomes)};
  });
}

Result<BatchTicket> WriteAheadLog::submit_batch(std::span<const Operation> operations) {
  return base::catching([&]() -> Result<BatchTicket> {
    std::vector<Outcome> outcomes;
    auto ticket = impl_->engine->submit(operations, &outcomes);
    if (!ticket) return std::unexpected(std::move(ticket.error()));
    return BatchTicket{ticket->lsn, std::move(outcomes)};
  });
}

ManyTicket WriteAheadLog::submit_many(std::span<const std::span<const Operation>> transactions) {
  return impl_->engine->submit_many(transactions);
}

Result<std::optional<std::string>> WriteAheadLog::retrieve(std::string_view client_id) {
  return base::catching([&] { return impl_->engine->retrieve(client_id); });
}

Result<Receipt> WriteAheadLog::clear(std::string_view client_id) {
  return clear(client_id, false);
}

Result<Receipt> WriteAheadLog::clear(std::string_view client_id, bool keep_ids,
                                     const BatchId& batch_id, std::string_view producer) {
  return base::catching([&] {
    return impl_->commit({Operation::Kind::kClear, client_id, batch_id, producer, {}, keep_ids});
  });
}

std::vector<std::string> WriteAheadLog::clients() const {
  return impl_->engine->clients();
}

std::vector<std::string> WriteAheadLog::quarantined_clients() const {
  return impl_->engine->quarantined_clients();
}

Result<bool> WriteAheadLog::seen(std::string_view client_id, const BatchId& batch_id,
                                 std::string_view producer) const {
  return base::catching([&] { return impl_->engine->seen(client_id, batch_id, producer); });
}

Result<void> WriteAheadLog::checkpoint() {
  return base::catching([&] { return impl_->engine->checkpoint(); });
}

LogStats WriteAheadLog::stats() const {
  return impl_->engine->stats();
}

Result<void> WriteAheadLog::close() {
  return base::catching([&] { return impl_->engine->close(); });
}

}  // namespace seawall
