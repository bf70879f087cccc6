// Makes the logs of tests/golden/vN and tests/golden/next: make_golden DIRECTORY. Run by
// regenerate.py, which adds what the logs are to show.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/types.h"
#include "seawall/version.h"
#include "seawall/write_ahead_log.h"

#include "base/checksum.h"
#include "base/coding.h"

namespace seawall::golden {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLog = "log";

using Log = std::unique_ptr<WriteAheadLog>;

/// Small segments, and rounds only where they are asked for.
Result<Log> open(const fs::path& variant) {
  return WriteAheadLog::open(std::make_shared<ConsumerStateInterpreter>(),
                             std::make_shared<FileSystemStorage>(FileSystemStorageOptions{
                                 .segment_bytes_min = 8192, .segment_bytes_max = 16'384}),
                             kLog, variant);
}

Result<void> persist(WriteAheadLog& log, std::uint64_t first, std::uint64_t count) {
  constexpr std::uint64_t kClients = 4;
  constexpr std::size_t kTextBytes = 200;
  for (std::uint64_t id = first; id < first + count; ++id) {
    const std::string data = "{\"n\":" + std::to_string(id) + ",\"k" + std::to_string(id % 3) +
                             "\":\"" + std::string(id * 37 % kTextBytes, 'v') + "\"}";
    const auto receipt = log.persist("client-" + std::to_string(id % kClients), data, id,
                                     id % 2 == 0 ? "" : "producer");
    if (!receipt) return std::unexpected(receipt.error());
  }
  return {};
}

/// Every kind of record: text ids, batches, clears of both kinds, names of any bytes.
Result<void> persist_kinds(WriteAheadLog& log) {
  const std::string bytes("\xff\x00/..", 5);
  const std::vector<Operation> batch = {
      {.client = "batch-1", .id = 1, .producer = {}, .data = R"({"total":1})"},
      {.client = "batch-2", .id = "one", .producer = {}, .data = R"({"total":1.0e400})"}};
  if (const auto done = log.persist(bytes, R"({"name":"bytes \u00e9 é"})", "text-id", bytes);
      !done) {
    return std::unexpected(done.error());
  }
  if (const auto done = log.batch(batch); !done) return std::unexpected(done.error());
  if (const auto done = log.persist("second-life", R"({"life":1})", 1); !done) {
    return std::unexpected(done.error());
  }
  if (const auto done = log.clear("second-life", false, "clear-1"); !done) {
    return std::unexpected(done.error());
  }
  if (const auto done = log.persist("second-life", R"({"life":2})", 1); !done) {
    return std::unexpected(done.error());
  }
  if (const auto done = log.persist("ended", "{}", 7); !done) return std::unexpected(done.error());
  if (const auto done = log.clear("ended", true); !done) return std::unexpected(done.error());
  return {};
}

/// One life, closed.
Result<void> make_plain(const fs::path& variant) {
  const Result<Log> log = open(variant);
  if (!log) return std::unexpected(log.error());
  if (const auto done = persist(**log, 1, 10); !done) return done;
  return (*log)->close();
}

/// Three lives with checkpoints, sealed and recycled segments, and a tail after the last round.
Result<void> make_lives(const fs::path& variant) {
  constexpr std::uint64_t kPerLife = 60;
  for (std::uint64_t life = 0; life < 3; ++life) {
    const Result<Log> log = open(variant);
    if (!log) return std::unexpected(log.error());
    if (life == 0) {
      if (const auto done = persist_kinds(**log); !done) return done;
    }
    if (const auto done = persist(**log, 1 + life * kPerLife, kPerLife); !done) return done;
    if (const auto done = (*log)->checkpoint(); !done) return done;
    if (const auto done = persist(**log, 1000 * (life + 1), 20); !done) return done;
    if (const auto done = (*log)->close(); !done) return done;
  }
  return {};
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool write(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  return file.good();
}

/// A process that died with half of its last group written, and nothing said of it.
Result<void> make_torn(const fs::path& variant) {
  const fs::path living = variant.string() + "-living";
  {
    const Result<Log> log = open(living);
    if (!log) return std::unexpected(log.error());
    if (const auto done = persist(**log, 1, 10); !done) return done;
    fs::copy(living, variant, fs::copy_options::recursive);
    if (const auto done = persist(**log, 11, 1); !done) return done;
    for (const auto& entry : fs::directory_iterator(variant / kLog)) {
      const std::string before = bytes_of(entry.path());
      const std::string after = bytes_of(living / kLog / entry.path().filename());
      if (!entry.path().filename().string().starts_with("segment-") || before == after) continue;
      const auto differ = std::ranges::mismatch(before, after);
      const auto at = static_cast<std::size_t>(differ.in1 - before.begin());
      constexpr std::size_t kHalf = 140;
      std::string torn = before;
      torn.replace(at, kHalf, after, at, kHalf);
      if (!write(entry.path(), torn)) return std::unexpected(Error{.message = "cannot write"});
    }
  }
  fs::remove_all(living);
  return {};
}

/// A log of the version after this library's newest.
Result<void> make_next(const fs::path& variant) {
  constexpr std::size_t kVersionAt = 8;
  if (const auto done = make_plain(variant); !done) return done;
  for (const auto& entry : fs::directory_iterator(variant / kLog)) {
    if (!entry.path().filename().string().starts_with("manifest-")) continue;
    std::string bytes = bytes_of(entry.path());
    base::store_le(bytes.data() + kVersionAt, static_cast<std::uint16_t>(kFormatVersion + 1));
    const std::string_view guarded =
        std::string_view(bytes).substr(0, bytes.size() - sizeof(std::uint32_t));
    base::store_le(bytes.data() + guarded.size(), base::crc32c(guarded));
    if (!write(entry.path(), bytes)) return std::unexpected(Error{.message = "cannot write"});
  }
  return {};
}

/// Takes out what no reader needs and would differ from run to run.
void tidy(const fs::path& directory) {
  std::vector<fs::path> superfluous;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    if (name == "pid" || name == "reserve" || name.ends_with(".tmp")) {
      superfluous.push_back(entry.path());
    }
  }
  for (const fs::path& path : superfluous) fs::remove(path);
}

Result<void> make_all(const fs::path& directory) {
  const fs::path current = directory / ("v" + std::to_string(kFormatVersion));
  if (const auto done = make_plain(current / "plain"); !done) return done;
  if (const auto done = make_lives(current / "lives"); !done) return done;
  if (const auto done = make_torn(current / "torn"); !done) return done;
  if (const auto done = make_next(directory / "next"); !done) return done;
  tidy(directory);
  return {};
}

}  // namespace
}  // namespace seawall::golden

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto made = seawall::golden::make_all(argv[1]);
  if (made) return 0;
  std::cerr << seawall::to_string(made.error()) << "\n";
  return 1;
}
