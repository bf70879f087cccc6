// The damage matrix: a finished log, damaged in one place at a time. Either everything is still
// there, or the damage is reported; never is something missing without a word.
//
// SEAWALL_TEST_LONG=1 flips every bit instead of one bit of every byte.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"

#include "crash/list_interpreter.h"
#include "crash/world.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {
namespace {

using storage::SimulatedFileSystem;

constexpr const char* kDirectory = "/base/log";
constexpr std::size_t kSector = 512;

enum class Verdict : std::uint8_t { kFull, kReported, kSilent };

/// A log as a finished process left it, with what it holds.
class DamageMatrix : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    // This seed's run has checkpoints, switched and recycled segments (checked below).
    constexpr std::uint64_t kSeed = 7;
    constexpr int kPieces = 8;
    constexpr int kStepsPerPiece = 25;
    world_ = std::make_unique<World>(std::make_shared<SimulatedFileSystem>(kSeed), kSeed);
    for (int piece = 0; piece < kPieces; ++piece) {
      ASSERT_EQ(world_->open_and_check(), "");
      ASSERT_EQ(world_->work(kStepsPerPiece), "");
      remember_files();
      if (piece + 1 == kPieces && !GetParam()) break;
      world_->abandon();
    }
    if (!GetParam()) {
      world_->machine().kill_process();
      world_->abandon();
    }
    machine_ = world_->machine().fork();
    names_ = machine_->names(kDirectory);
    EXPECT_GE(count("segment-"), 2U);
    EXPECT_GE(count("object-"), 1U);
  }

  void TearDown() override {
    std::cout << "damage cases: " << cases_ << ", reported " << reported_ << ", harmless "
              << cases_ - reported_ << ", silent " << silent_ << "\n";
    EXPECT_GT(reported_, 0U) << "damage that is never reported was never done";
  }

  [[nodiscard]] std::size_t count(const std::string& prefix) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        names_, [&](const std::string& name) { return name.starts_with(prefix); }));
  }

  /// Keeps a copy of every file, to be put back later.
  void remember_files() {
    for (const std::string& name : world_->machine().names(kDirectory)) {
      older_[name].push_back(world_->machine().bytes(kDirectory, name));
    }
  }

  /// Judges a damaged copy of the machine.
  void judge(std::shared_ptr<SimulatedFileSystem> damaged, const std::string& what) {
    ++cases_;
    std::string detail;
    const Verdict verdict = read(damaged, detail);
    if (verdict == Verdict::kReported) ++reported_;
    if (verdict == Verdict::kSilent) {
      ++silent_;
      ADD_FAILURE() << what << ": " << detail;
    }
    // A writer must not see less than a reader; it is slower, so every eleventh case.
    constexpr std::uint64_t kWriterEvery = 11;
    if (cases_ % kWriterEvery != 0) return;
    World writer = world_->on(std::move(damaged));
    const std::string opened = writer.open_and_check();
    EXPECT_TRUE(opened.empty() || opened.starts_with("open failed: corrupt") ||
                opened.starts_with("open failed: unsupported") ||
                opened.starts_with("retrieve: corrupt"))
        << what << ": " << opened;
  }

  Verdict read(const std::shared_ptr<SimulatedFileSystem>& damaged, std::string& detail) {
    const auto reader = LogReader::open(std::make_shared<ListInterpreter>(true),
                                        storage::make_file_storage(damaged), "log", "/base");
    if (!reader) return reported(reader.error(), detail);
    if ((*reader)->lsn() != world_->acknowledged()) {
      detail = "ends at " + std::to_string((*reader)->lsn().value) + " instead of " +
               std::to_string(world_->acknowledged().value);
      return Verdict::kSilent;
    }
    for (const auto& [name, client] : world_->model().clients()) {
      const auto state = (*reader)->retrieve(name);
      if (!state) return reported(state.error(), detail);
      if (state->has_value() != client.exists || (client.exists && **state != client.state)) {
        detail = "state of " + name;
        return Verdict::kSilent;
      }
    }
    return Verdict::kFull;
  }

  static Verdict reported(const Error& error, std::string& detail) {
    detail = to_string(error);
    const bool names_damage = error.code == Errc::kCorrupt || error.code == Errc::kUnsupported;
    return names_damage ? Verdict::kReported : Verdict::kSilent;
  }

  void damage(const std::string& name, const std::string& bytes, const std::string& what) {
    auto damaged = machine_->fork();
    damaged->set_bytes(kDirectory, name, bytes);
    judge(std::move(damaged), name + ", " + what);
  }

  std::unique_ptr<World> world_;
  std::shared_ptr<SimulatedFileSystem> machine_;
  std::vector<std::string> names_;
  std::map<std::string, std::vector<std::string>> older_;
  std::uint64_t cases_ = 0;
  std::uint64_t reported_ = 0;
  std::uint64_t silent_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Ends, DamageMatrix, testing::Bool(),
                         [](const auto& info) { return info.param ? "Closed" : "Killed"; });

TEST_P(DamageMatrix, FlippedBits) {
  const bool every_bit = std::getenv("SEAWALL_TEST_LONG") != nullptr;
  for (const std::string& name : names_) {
    const std::string sound = machine_->bytes(kDirectory, name);
    for (std::size_t at = 0; at < sound.size(); ++at) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        if (!every_bit && bit != at * 5 % 8) continue;
        std::string bytes = sound;
        bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << bit));
        damage(name, bytes, "bit " + std::to_string(bit) + " of byte " + std::to_string(at));
      }
    }
  }
}

TEST_P(DamageMatrix, Truncations) {
  for (const std::string& name : names_) {
    const std::string sound = machine_->bytes(kDirectory, name);
    for (std::size_t length = 0; length < sound.size(); length += length % 64 == 0 ? 1 : 63) {
      damage(name, sound.substr(0, length), "cut to " + std::to_string(length));
    }
  }
}

TEST_P(DamageMatrix, Sectors) {
  for (const std::string& name : names_) {
    const std::string sound = machine_->bytes(kDirectory, name);
    const std::size_t sectors = sound.size() / kSector;
    for (std::size_t sector = 0; sector < sectors; ++sector) {
      std::string bytes = sound;
      bytes.replace(sector * kSector, kSector, kSector, '\0');
      damage(name, bytes, "sector " + std::to_string(sector) + " zeroed");
      for (std::size_t other = sector + 1; other < sectors; ++other) {
        const std::string one = sound.substr(sector * kSector, kSector);
        const std::string two = sound.substr(other * kSector, kSector);
        if (one == two) continue;
        const std::string pair = std::to_string(sector) + " and " + std::to_string(other);
        bytes = sound;
        bytes.replace(other * kSector, kSector, one);
        damage(name, bytes, "sectors " + pair + ": the first twice");
        bytes.replace(sector * kSector, kSector, two);
        damage(name, bytes, "sectors " + pair + " swapped");
      }
    }
  }
}

TEST_P(DamageMatrix, OneFileDeleted) {
  for (const std::string& name : names_) {
    auto damaged = machine_->fork();
    damaged->erase(kDirectory, name);
    judge(std::move(damaged), name + ", deleted");
  }
}

TEST_P(DamageMatrix, AnOlderCopyPutBack) {
  for (const auto& [name, copies] : older_) {
    for (std::size_t i = 0; i < copies.size(); ++i) {
      damage(name, copies[i], "copy " + std::to_string(i) + " put back");
    }
  }
}

}  // namespace
}  // namespace seawall::crash
