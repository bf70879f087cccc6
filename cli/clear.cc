#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "command_line.h"
#include "console.h"
#include "exit_code.h"
#include "input_record.h"
#include "json_line.h"
#include "known_interpreters.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

struct Target {
  std::string client;
  std::string producer;
  BatchId id;
};

Result<Target> target_of(const Arguments& arguments) {
  const Result<std::string> client = name_of(arguments.client);
  if (!client) return std::unexpected(client.error());
  const Result<std::string> producer = name_of(arguments.producer);
  if (!producer) return std::unexpected(producer.error());
  const Result<BatchId> id = arguments.id ? id_of(*arguments.id) : BatchId();
  if (!id) return std::unexpected(id.error());
  return Target{.client = *client, .producer = *producer, .id = *id};
}

// A log that is not there is not made just to clear a client of it.
Result<std::unique_ptr<WriteAheadLog>> open_existing(const Arguments& arguments) {
  const Result<FoundLog> found = find_log(arguments.dir);
  if (!found) return std::unexpected(found.error());
  const Result<Interpreter> interpreter = interpreter_of(found->storage, found->name);
  if (!interpreter) return std::unexpected(interpreter.error());
  if (*interpreter == nullptr) {
    return std::unexpected(
        Error{Errc::kInvalidArgument, 0, "this command does not know the log's interpreter", {}});
  }
  Options options;
  options.damage_policy = damage_policy(arguments.quarantine);
  return WriteAheadLog::open(*interpreter, found->storage, found->name.service_name,
                             found->name.base_dir, options);
}

Result<Receipt> clear_durably(const Arguments& arguments, const Target& target) {
  const Result<std::unique_ptr<WriteAheadLog>> log = open_existing(arguments);
  if (!log) return std::unexpected(log.error());
  const Result<Receipt> receipt =
      (*log)->clear(target.client, arguments.keep_ids, target.id, target.producer);
  if (!receipt) return receipt;
  if (const Result<void> closed = (*log)->close(); !closed) return std::unexpected(closed.error());
  return receipt;
}

}  // namespace

ExitCode run_clear(const Arguments& arguments) {
  const Result<Target> target = target_of(arguments);
  if (!target) return fail(target.error());
  const Result<Receipt> receipt = clear_durably(arguments, *target);
  if (!receipt) return fail(receipt.error());
  const std::string_view outcome = outcome_name(receipt->outcome);
  Output output;
  output.print(arguments.json
                   ? fmt::format("{{{},\"outcome\":\"{}\",\"lsn\":{}}}\n",
                                 json_name_member("client", target->client), outcome,
                                 receipt->lsn.value)
                   : fmt::format("clear of {}: {} at record {}\n", printable(target->client),
                                 outcome, receipt->lsn.value));
  return output.finish(ExitCode::kOk);
}

}  // namespace seawall::cli
