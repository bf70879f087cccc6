#include <string>
#include <string_view>

#include <fmt/core.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/types.h"

#include "command_line.h"
#include "console.h"
#include "exit_code.h"
#include "input_record.h"
#include "json_line.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

// The original's words: COMPLETED is below the durable mark, PROCESSING appended and not proven
// durable.
std::string_view status_word(const DumpedRecord& record) {
  return record.durable ? "COMPLETED" : "PROCESSING";
}

std::string id_member(const BatchId& id) {
  if (id.is_integer()) return fmt::format(",\"id\":{}", id.integer());
  return id.is_text() ? "," + json_name_member("id", id.text()) : "";
}

std::string operation_json(const DumpedOperation& operation) {
  const bool apply = operation.kind == Operation::Kind::kApply;
  std::string out = fmt::format("{{\"kind\":\"{}\",{}", apply ? "apply" : "clear",
                                json_name_member("client", operation.client));
  if (!operation.id.is_none()) {
    out += "," + json_name_member("producer", operation.producer) + id_member(operation.id);
  }
  out += apply ? "," + json_value_member("data", operation.data)
               : fmt::format(",\"keep_ids\":{}", operation.keep_ids);
  return out + "}";
}

std::string record_json(const DumpedRecord& record) {
  std::string operations;
  for (const DumpedOperation& operation : record.operations) {
    if (!operations.empty()) operations += ',';
    operations += operation_json(operation);
  }
  return fmt::format(
      "{{\"lsn\":{},\"status\":\"{}\",\"file\":{},\"offset\":{},\"operations\":[{}]}}\n",
      record.lsn.value, status_word(record), json_string(record.place.file), record.place.offset,
      operations);
}

std::string record_text(const DumpedRecord& record) {
  std::string out = fmt::format("{:>10}  {:<10}  {}+{}", record.lsn.value, status_word(record),
                                record.place.file, record.place.offset);
  for (const DumpedOperation& operation : record.operations) {
    out += "  " + operation_json(operation);
  }
  return out + "\n";
}

bool concerns(const DumpedRecord& record, const std::string& client) {
  for (const DumpedOperation& operation : record.operations) {
    if (operation.client == client) return true;
  }
  return false;
}

}  // namespace

ExitCode run_dump(const Arguments& arguments) {
  const Result<std::string> client = name_of(arguments.client);
  if (!client) return fail(client.error());
  const bool one_client = arguments.client.text || arguments.client.base64;
  const Result<FoundLog> found = find_log(arguments.dir);
  if (!found) return fail(found.error());
  Output output;
  const auto visit = [&](const DumpedRecord& record) {
    if (record.lsn.value > arguments.to_lsn) return false;
    if (record.lsn.value < arguments.from_lsn) return true;
    if (one_client && !concerns(record, *client)) return true;
    return output.print(arguments.json ? record_json(record) : record_text(record));
  };
  const Result<void> dumped =
      LogReader::dump(found->storage, found->name.service_name, found->name.base_dir, visit);
  return output.finish(dumped ? ExitCode::kOk : fail(dumped.error()));
}

}  // namespace seawall::cli
