#include "storage/file/gap_evidence.h"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/types.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/segment.h"
#include "storage/file/segment_bytes.h"
#include "storage/file/segment_directory.h"
#include "storage/file/segment_evidence.h"

namespace seawall::storage {
namespace {

/// What a directory and the surviving groups of its segment say together.
struct SegmentLoss {
  Lsn begin;
  Lsn end;
  std::vector<ClientIds> clients;
  bool names_all = false;
};

bool overlaps(const SegmentDirectory& directory, const FoundGap& gap) {
  return directory.begin < gap.end && gap.begin < directory.end;
}

// A group belongs to the segment whose LSNs it has, wherever a copy of it was found.
Result<SegmentDirectory> surviving(const LogRemains& remains, const SegmentDirectory& whole) {
  SegmentDirectory survivors;
  std::unique_ptr<SegmentBytes> segment;
  std::size_t index = 0;
  for (const FoundGroup& group : remains.groups) {
    if (group.first < whole.begin || group.first >= whole.end) continue;
    if (!segment || index != group.segment) {
      index = group.segment;
      Result<std::unique_ptr<SegmentBytes>> opened =
          open_segment(remains.directory, remains.segments[index].evidence.info);
      if (!opened) return std::unexpected(std::move(opened.error()));
      segment = std::move(*opened);
    }
    const Result<std::string_view> bytes = segment->view(group.offset, group.bytes);
    if (!bytes) return std::unexpected(bytes.error());
    add_group(survivors, *bytes);
  }
  return survivors;
}

Result<std::vector<SegmentLoss>> losses(const LogRemains& remains,
                                        const std::vector<FoundGap>& gaps) {
  std::vector<SegmentLoss> found;
  for (const SegmentInfo& info : remains.manifest.segments) {
    const std::optional<SegmentDirectory> whole =
        read_segment_directory(remains.directory, remains.manifest.log_id, info.number);
    const bool concerns = whole && std::ranges::any_of(gaps, [&](const FoundGap& gap) {
                            return overlaps(*whole, gap);
                          });
    if (!concerns) continue;
    const Result<SegmentDirectory> survivors = surviving(remains, *whole);
    if (!survivors) return std::unexpected(survivors.error());
    std::optional<std::vector<ClientIds>> missing = missing_clients(*whole, *survivors);
    SegmentLoss loss{.begin = whole->begin, .end = whole->end, .clients = {}, .names_all = false};
    loss.names_all = missing && !whole->truncated && !survivors->truncated;
    if (missing) loss.clients = std::move(*missing);
    found.push_back(std::move(loss));
  }
  return found;
}

void add_clients(std::vector<ClientIds>& to, const std::vector<ClientIds>& from) {
  for (const ClientIds& client : from) {
    const auto known = std::ranges::find(to, client.client, &ClientIds::client);
    if (known == to.end()) {
      to.push_back(client);
    } else {
      known->ids.insert(known->ids.end(), client.ids.begin(), client.ids.end());
    }
  }
  std::ranges::sort(to, {}, &ClientIds::client);
}

// Directories of sealed segments do not overlap and come in the order of their LSNs.
void name_clients(const FoundGap& gap, const std::vector<SegmentLoss>& losses,
                  DamageReport& report) {
  Lsn covered = gap.begin;
  report.names_all = !gap.open_ended;
  for (const SegmentLoss& loss : losses) {
    if (loss.begin >= gap.end || gap.begin >= loss.end) continue;
    if (loss.begin > covered || !loss.names_all) report.names_all = false;
    covered = std::max(covered, loss.end);
    add_clients(report.clients, loss.clients);
  }
  if (covered < gap.end) report.names_all = false;
}

Error place_of_gap(const LogRemains& remains, const FoundGap& gap, std::set<std::size_t>& told) {
  Error error;
  for (std::size_t i = gap.first_segment; i <= gap.last_segment && error.file.empty(); ++i) {
    if (!remains.segments[i].damage) continue;
    error = *remains.segments[i].damage;
    told.insert(i);
  }
  if (error.file.empty()) {
    const SegmentInfo& info = remains.segments[gap.segment].evidence.info;
    error = damage(segment_name(info.number), gap.offset, "acknowledged records are damaged");
  }
  error.begin_lsn = gap.begin.value;
  error.end_lsn = gap.end.value;
  return error;
}

}  // namespace

Result<std::vector<LogGap>> report_gaps(const LogRemains& remains,
                                        const std::vector<FoundGap>& gaps) {
  const Result<std::vector<SegmentLoss>> lost = losses(remains, gaps);
  if (!lost) return std::unexpected(lost.error());
  std::vector<LogGap> reports;
  std::set<std::size_t> told;
  for (const FoundGap& gap : gaps) {
    LogGap& report = reports.emplace_back();
    report.open_ended = gap.open_ended;
    report.report.error = place_of_gap(remains, gap, told);
    name_clients(gap, *lost, report.report);
  }
  for (std::size_t i = 0; i < remains.segments.size(); ++i) {
    if (!remains.segments[i].damage || told.contains(i)) continue;
    LogGap& report = reports.emplace_back();
    report.report.error = *remains.segments[i].damage;
    report.report.error.begin_lsn = 0;
    report.report.error.end_lsn = 0;
    report.report.names_all = true;
  }
  return reports;
}

}  // namespace seawall::storage
