// LogReader::dump: the log's records as they stand.

#include <algorithm>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "base/exceptions.h"
#include "engine/log_view.h"
#include "format/group.h"
#include "format/record.h"

namespace seawall {
namespace {

using Visit = std::function<bool(const DumpedRecord&)>;

DumpedOperation dumped(const format::RecordView& record, const format::OperationView& operation) {
  const format::KeyView& key = record.keys[operation.key_index];
  DumpedOperation out;
  out.kind = operation.kind == format::OperationKind::kApply ? Operation::Kind::kApply
                                                             : Operation::Kind::kClear;
  out.client = key.client;
  out.producer = key.producer;
  out.id = key.id;
  out.data = operation.delta;
  out.keep_ids = operation.kind == format::OperationKind::kClearKeepIds;
  return out;
}

/// One walk over the groups of `volume`; `visit` returns whether to go on.
Result<void> for_each_group(
    VolumeReader& volume,
    const std::function<Result<bool>(const ScannedGroup&, const format::GroupHeader&)>& visit) {
  auto scan = volume.scan();
  if (!scan) return std::unexpected(std::move(scan.error()));
  for (;;) {
    const auto group = (*scan)->next();
    if (!group) return std::unexpected(group.error());
    if (!*group) return {};
    const auto header = format::decode_group_header((*group)->bytes);
    if (!header) {
      return std::unexpected(Error{.code = Errc::kCorrupt, .message = "a group's header"});
    }
    const auto go_on = visit(**group, *header);
    if (!go_on) return std::unexpected(go_on.error());
    if (!*go_on) return {};
  }
}

Result<bool> dump_group(const VolumeReader& volume, const ScannedGroup& group,
                        const format::GroupHeader& header, Lsn mark, const Visit& visit) {
  const Place place = volume.describe(group.location);
  format::RecordView record;
  const std::string_view frames = std::string_view(group.bytes).substr(format::kGroupHeaderBytes);
  format::FrameWalk walk(frames);
  for (Lsn lsn = header.first_lsn; !walk.done(); ++lsn.value) {
    const std::string_view payload = walk.next();
    DumpedRecord out;
    out.lsn = lsn;
    out.place = place;
    out.place.offset +=
        static_cast<std::uint64_t>(payload.data() - group.bytes.data()) - format::kFrameHeadBytes;
    out.durable = lsn <= mark;
    if (!format::decode_record(payload, record)) {
      return std::unexpected(Error{.code = Errc::kCorrupt,
                                   .message = "a record cannot be read",
                                   .file = place.file,
                                   .offset = out.place.offset,
                                   .begin_lsn = lsn.value,
                                   .end_lsn = lsn.value + 1});
    }
    for (const format::OperationView& operation : record.operations) {
      out.operations.push_back(dumped(record, operation));
    }
    if (!visit(out)) return false;
  }
  return true;
}

}  // namespace

Result<void> LogReader::dump(const std::shared_ptr<StorageInterface>& storage,
                             const std::string& service_name, const std::string& base_dir,
                             const std::function<bool(const DumpedRecord&)>& visit) {
  bool visited = false;
  std::optional<Error> changed;
  const auto attempt = [&]() -> Result<void> {
    auto volume = storage->read({base_dir, service_name});
    if (!volume) return std::unexpected(std::move(volume.error()));
    // A group carries the mark known when it was issued, so later groups prove earlier ones.
    Lsn mark = (*volume)->stats().durable_mark;
    auto marked = for_each_group(
        **volume, [&](const ScannedGroup&, const format::GroupHeader& header) -> Result<bool> {
          mark = std::max(mark, header.durable);
          return true;
        });
    if (!marked) return marked;
    auto dumped =
        for_each_group(**volume, [&](const ScannedGroup& group, const format::GroupHeader& header) {
          visited = true;
          return dump_group(**volume, group, header, mark, visit);
        });
    // What was visited cannot be taken back, so a log that changes now ends the dump.
    if (dumped || !visited || dumped.error().code != Errc::kBusy) return dumped;
    changed = std::move(dumped.error());
    changed->message = "the log changed while it was dumped, by a writer; run it again";
    return {};
  };
  // Whatever else `visit` throws is the caller's own and passes.
  try {
    Result<void> dumped = engine::retry_while_changing(attempt);
    if (dumped && changed) return std::unexpected(std::move(*changed));
    return dumped;
  } catch (const std::bad_alloc&) {
    return std::unexpected(base::error_of_exception());
  }
}

}  // namespace seawall
