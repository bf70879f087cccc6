// A whole log directory in hostile hands: open, read and verify may fail; they do not crash, hang
// or take memory without bound. The input is a list of edits, some of which mend the checksums.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/file_system_storage.h"
#include "seawall/log_reader.h"
#include "seawall/write_ahead_log.h"

#include "base/coding.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/mend.h"
#include "storage/file/file_names.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::fuzz {
namespace {

constexpr const char* kBase = "/base";
constexpr const char* kService = "log";
constexpr const char* kDirectory = "/base/log";
constexpr std::uint64_t kSegmentBytes = 8192;

using Machine = std::shared_ptr<storage::SimulatedFileSystem>;

std::shared_ptr<StorageInterface> storage_on(const Machine& machine) {
  return storage::make_file_storage(machine, {.segment_bytes_min = kSegmentBytes,
                                              .segment_bytes_max = 2 * kSegmentBytes,
                                              .group_align_bytes = 64});
}

/// Opens the log, looks at every client, and writes a little.
void use(const Machine& machine, int records) {
  Options options;
  options.checkpoint_state_share = 0;
  const auto log = WriteAheadLog::open(std::make_shared<ConsumerStateInterpreter>(),
                                       storage_on(machine), kService, kBase, options);
  if (!log) return;
  for (const std::string& client : (*log)->clients()) {
    static_cast<void>((*log)->retrieve(client).has_value());
  }
  for (int record = 0; record < records; ++record) {
    const std::string client = "client" + std::to_string(record % 5);
    if (!(*log)->persist(client, R"({"value":"some data"})", record)) return;
  }
  if (records > 1 && !(*log)->checkpoint()) return;
  if (!(*log)->persist("last", "{}", "text-id")) return;
  if (!(*log)->close()) return;
}

void read(const Machine& machine) {
  const auto storage = storage_on(machine);
  static_cast<void>(LogReader::verify(storage, kService, kBase).has_value());
  const auto any = [](const DumpedRecord&) { return true; };
  static_cast<void>(LogReader::dump(storage, kService, kBase, any).has_value());
}

/// A log with checkpoints, a sealed segment and records after the last round.
Machine finished_log() {
  auto machine = std::make_shared<storage::SimulatedFileSystem>();
  use(machine, 60);
  use(machine, 70);
  use(machine, 1);
  require(machine->names(kDirectory).size() > 4);
  return machine;
}

/// A name near those of the log, some of them its own.
std::string odd_name(std::string_view name, std::uint16_t choice) {
  const std::string own(name);
  switch (choice % 8) {
    case 0:
      return own + ".tmp";
    case 1:
      return "recycled-" + own + ".tmp";
    case 2:
      return own + ".bak";
    case 3:
      return storage::manifest_name(choice);
    case 4:
      return storage::segment_name(choice);
    case 5:
      return storage::directory_name(choice);
    case 6:
      return "x.tmp";
    default:
      return storage::object_name("checkpoint-" + std::to_string(choice));
  }
}

/// Takes one edit off `input` and does it.
void edit(storage::SimulatedFileSystem& machine, base::Reader& input) {
  const std::vector<std::string> names = machine.names(kDirectory);
  const auto kind = input.le<std::uint8_t>();
  const std::string& name = names[input.le<std::uint8_t>() % names.size()];
  const auto place = input.le<std::uint16_t>();
  std::string bytes = machine.bytes(kDirectory, name);
  const std::size_t at = std::min<std::size_t>(place, bytes.size());
  constexpr std::uint8_t kOddNames = 0xF0;
  if (kind >= kOddNames) {
    machine.set_bytes(kDirectory, odd_name(name, place), bytes);
    if (kind % 2 == 1) machine.erase(kDirectory, name);
    return;
  }
  switch (kind % 6) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes = machine.bytes(kDirectory, names[place % names.size()]);
      break;
    case 2:
      machine.erase(kDirectory, name);
      return;
    default: {
      const std::string_view written = input.raw(input.le<std::uint8_t>() % 16);
      bytes.replace(at, std::min(written.size(), bytes.size() - at), written);
    }
  }
  machine.set_bytes(kDirectory, name, bytes);
  if (kind % 6 > 3) mend(machine, kDirectory, name);
}

}  // namespace
}  // namespace seawall::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const seawall::fuzz::Machine finished = seawall::fuzz::finished_log();
  const std::string text(data, data + size);
  const auto machine = finished->fork();
  seawall::base::Reader input(text);
  constexpr int kEditsMax = 8;
  for (int edits = 0; edits < kEditsMax && input.remaining() > 0; ++edits) {
    if (machine->names(seawall::fuzz::kDirectory).empty()) break;
    seawall::fuzz::edit(*machine, input);
  }
  seawall::fuzz::read(machine);
  seawall::fuzz::use(machine, 1);
  return 0;
}
