#include "crash/damage_judge.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/damage_case.h"
#include "crash/finished_log.h"
#include "crash/list_interpreter.h"
#include "crash/model.h"
#include "engine/log_engine.h"

namespace seawall::crash {
namespace {

constexpr const char* kManifest = "manifest-";

bool is_damage(const Error& error) {
  return error.code == Errc::kCorrupt || error.code == Errc::kUnsupported;
}

ModelIds ids_of(const ClientExport& client) {
  ModelIds ids;
  for (const ProducerIds& producer : client.ids) {
    std::set<BatchId>& known = ids[producer.producer];
    for (const IdRange& range : producer.integers) {
      for (std::uint64_t id = range.first; id <= range.last; ++id) known.insert(BatchId(id));
    }
    for (const std::string& text : producer.texts) known.insert(BatchId(text));
  }
  return ids;
}

bool equal(const std::optional<ClientExport>& found, const ModelClient& expected) {
  if (!expected.exists && !expected.ended) return !found;
  if (!found || found->ended != expected.ended) return false;
  if (expected.exists && found->state != expected.state) return false;
  ModelIds ids = expected.ids;
  std::erase_if(ids, [](const auto& producer) { return producer.second.empty(); });
  return ids_of(*found) == ids;
}

std::vector<std::string> names(const Model& model, bool ended) {
  std::vector<std::string> found;
  for (const auto& [name, client] : model.clients()) {
    if (client.exists || (ended && client.ended)) found.push_back(name);
  }
  return found;
}

}  // namespace

Judgement DamageJudge::judge(const DamageCase& damage,
                             const std::shared_ptr<StorageInterface>& storage,
                             const std::string& base) const {
  const auto reader =
      LogReader::open(std::make_shared<ListInterpreter>(true), storage, "log", base);
  if (!reader) return report(damage, reader.error(), storage, base);
  Judgement judgement{.detail = {}, .lsn = (*reader)->lsn()};
  if (judgement.lsn > log_.acknowledged()) {
    judgement.detail = "more than was ever submitted";
    return judgement;
  }
  std::optional<Error> found;
  judgement.detail = compare(**reader, found);
  if (!judgement.detail.empty()) return judgement;
  if (found) return report(damage, *found, storage, base);
  if (judgement.lsn == log_.acknowledged()) {
    judgement.verdict = Verdict::kFull;
    return judgement;
  }
  const Wounds hit = wounds(log_, damage);
  const bool has_mark = has_mark_ && !hit.mark;
  if (!has_mark && looks_like_a_torn_tail(log_, hit, judgement.lsn)) {
    judgement.verdict = Verdict::kTornTail;
  } else {
    judgement.detail = "ends at " + std::to_string(judgement.lsn.value) + " instead of " +
                       std::to_string(log_.acknowledged().value);
  }
  return judgement;
}

// Goes on past a client that is damaged: the others are still right.
std::string DamageJudge::compare(LogReader& reader, std::optional<Error>& damage) const {
  const Model& model = log_.model(reader.lsn());
  if (reader.clients(true) != names(model, true)) return "the list of clients is wrong";
  for (const auto& [name, expected] : model.clients()) {
    const auto found = reader.export_client(name);
    if (!found) {
      damage = found.error();
    } else if (!equal(*found, expected)) {
      return name + " is wrong";
    }
  }
  return "";
}

Judgement DamageJudge::report(const DamageCase& damage, const Error& error,
                              const std::shared_ptr<StorageInterface>& storage,
                              const std::string& base) const {
  Judgement judgement{.detail = to_string(error), .lsn = {}};
  if (!is_damage(error)) return judgement;
  const Wounds found = wounds(log_, damage);
  std::string wrong = check_place(damage, found, error);
  const auto verified = LogReader::verify(storage, "log", base);
  if (!verified) {
    if (!is_damage(verified.error())) wrong += "; verify: " + to_string(verified.error());
  } else if (verified->damage.empty()) {
    wrong += "; verify finds nothing";
  } else if (wrong.empty()) {
    for (const DamageReport& place : verified->damage) {
      if (!names_file(damage, place.error)) wrong = "; verify names another file";
    }
    if (wrong.empty()) wrong = check_lsns(damage, found, verified->damage);
  }
  if (wrong.empty()) judgement.verdict = Verdict::kReported;
  judgement.detail += wrong;
  return judgement;
}

// Which manifest is missing nobody can know. Where a segment's start is gone, the chain breaks
// behind the last group of the one before it: the next group could have been there as well.
bool DamageJudge::names_file(const DamageCase& damage, const Error& error) const {
  if (damage.files.contains(error.file)) return true;
  if (error.file.starts_with(kManifest)) return damage.files.begin()->first.starts_with(kManifest);
  const std::vector<LogGroup>& groups = log_.groups();
  for (std::size_t next = 1; next < groups.size(); ++next) {
    const LogGroup& last = groups[next - 1];
    if (last.file == groups[next].file || !damage.files.contains(groups[next].file)) continue;
    if (last.file == error.file && log_.parts(last.file).back().end <= error.offset) return true;
  }
  return false;
}

std::string DamageJudge::check_place(const DamageCase& damage, const Wounds& wounds,
                                     const Error& error) const {
  if (!names_file(damage, error)) return "; names another file";
  if (wounds.other || wounds.object || !wounds.starts.empty() || wounds.groups.empty()) return "";
  // Where only groups are hit, the first of them is named exactly, up to the next sound one.
  const LogGroup& first = log_.groups()[wounds.groups.front()];
  const auto resized = damage.files.at(error.file);
  if (resized && resized->size() != log_.files().at(error.file).size()) return "";
  if (error.begin_lsn != first.first.value || error.end_lsn < first.end.value) {
    return "; names other LSNs";
  }
  // A group that turned up elsewhere may be the next sound one.
  if (damage.moves_bytes) return "";
  if (error.file != first.file || error.offset != first.offset) return "; names another place";
  const LogGroup& last = log_.groups()[wounds.groups.back()];
  return error.end_lsn <= last.end.value ? "" : "; names other LSNs";
}

// What `verify` says must cover every group that is hit and none that is whole, and name whoever
// lost something there when it claims to name all.
std::string DamageJudge::check_lsns(const DamageCase& damage, const Wounds& wounds,
                                    const std::vector<DamageReport>& reports) const {
  // Without its manifest nothing is known of a log.
  if (reports.front().error.file.starts_with(kManifest)) return "";
  for (std::size_t i = 0; i < log_.groups().size(); ++i) {
    const LogGroup& group = log_.groups()[i];
    const bool is_hit = std::ranges::binary_search(wounds.groups, i);
    if (group.end <= log_.start()) continue;
    // One that turned up elsewhere is not lost.
    if (is_hit && !damage.moves_bytes) {
      const bool has_mark = has_mark_ && !wounds.mark;
      if (std::string wrong = check_group(group, has_mark, reports); !wrong.empty()) return wrong;
    }
    if (is_hit || damage.moves_bytes || wounds.other || !wounds.starts.empty()) continue;
    for (const DamageReport& report : reports) {
      const bool touches =
          report.error.begin_lsn < group.end.value && group.first.value < report.error.end_lsn;
      if (touches) return "; verify condemns LSN " + std::to_string(group.first.value);
    }
  }
  return "";
}

std::string DamageJudge::check_group(const LogGroup& group, bool has_mark,
                                     const std::vector<DamageReport>& reports) const {
  for (const DamageReport& report : reports) {
    // Without a mark nobody knows how far the log went.
    const bool is_open_ended = !has_mark && !report.names_all;
    const bool covers = report.error.begin_lsn <= std::max(group.first, log_.start()).value &&
                        (group.end.value <= report.error.end_lsn || is_open_ended);
    if (!covers) continue;
    if (!report.names_all) return "";
    for (const std::string& client : log_.clients(group)) {
      if (std::ranges::find(report.clients, client, &ClientIds::client) == report.clients.end()) {
        return "; verify claims to name all and forgets " + client;
      }
    }
    return "";
  }
  return "; verify does not name LSN " + std::to_string(group.first.value);
}

std::string DamageJudge::open_for_writing(const std::shared_ptr<StorageInterface>& storage,
                                          const Judgement& judgement) const {
  auto opened = engine::LogEngine::open(std::make_shared<ListInterpreter>(true), storage,
                                        {"/base", "log"}, {Options{}, false});
  if (!opened) {
    const bool right = is_damage(opened.error()) && judgement.verdict == Verdict::kReported;
    return right ? "" : "open for writing: " + to_string(opened.error());
  }
  const Lsn end = (*opened)->durable_lsn();
  const bool is_refused = judgement.verdict == Verdict::kReported && judgement.lsn == Lsn{};
  if (!is_refused && end != judgement.lsn) return "a writer sees another end";
  const Model& model = log_.model(std::min(end, log_.acknowledged()));
  if ((*opened)->clients() != names(model, false)) return "a writer sees other clients";
  bool is_damaged = false;
  for (const auto& [name, expected] : model.clients()) {
    const auto state = (*opened)->retrieve(name);
    if (!state) {
      if (!is_damage(state.error())) return "retrieve: " + to_string(state.error());
      is_damaged = true;
    } else if (state->has_value() != expected.exists ||
               (expected.exists && **state != expected.state)) {
      return "a writer sees another state of " + name;
    }
  }
  if (is_damaged == (judgement.verdict == Verdict::kReported)) return "";
  return is_damaged ? "only a writer reports damage" : "a writer does not report damage";
}

}  // namespace seawall::crash
