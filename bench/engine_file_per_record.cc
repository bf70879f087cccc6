#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include <fcntl.h>

#include "engine.h"
#include "engine_list.h"
#include "last_value.h"
#include "posix_files.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kShards = 64;
constexpr std::uint64_t kCheckpointEvery = 3;

/// The design Seawall replaces: a directory per client; a log file per message that goes from
/// PROCESSING to COMPLETED; every third message a checkpoint, after which the log files go. Done
/// durably, four fsyncs per message and three per checkpoint: five each.
class FilePerRecordEngine final : public Engine {
 public:
  void open(const std::string& dir) override { dir_ = dir; }

  void persist(const Write& write) override {
    std::string& stored = state_of(write.client);
    const bool is_new = stored.empty();
    if (last_id(stored) >= write.id) return;
    const std::string dir = dir_ + "/" + std::string(write.client);
    if (is_new) std::filesystem::create_directory(dir);
    const Descriptor directory(dir, O_RDONLY | O_DIRECTORY);
    const std::string file = dir + "/" + std::to_string(write.id) + ".log";
    const std::string bytes = encode_last(write);
    replace(file, "PROCESSING " + bytes, directory);
    replace(file, "COMPLETED " + bytes, directory);
    stored = bytes;
    if (write.id % kCheckpointEvery == 0) checkpoint(dir, write.id, stored, directory);
  }

  void write_batch(std::span<const Write> writes) override {
    for (const Write& write : writes) persist(write);
  }

  std::optional<std::string> retrieve(std::string_view client) override {
    return last_state(state_of(client));
  }

  void close() override {
    for (Shard& shard : shards_) shard.states.clear();
  }

 private:
  /// The lock guards the map; the state itself is its caller's.
  std::string& state_of(std::string_view client) {
    Shard& shard = shard_of(client);
    const std::scoped_lock lock(shard.mutex);
    return shard.states[std::string(client)];
  }

  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::string> states;
  };

  Shard& shard_of(std::string_view client) {
    return shards_[std::hash<std::string_view>{}(client) % kShards];
  }

  static void replace(const std::string& file, std::string_view bytes,
                      const Descriptor& directory) {
    const std::string temporary = file + ".tmp";
    {
      const Descriptor target(temporary, O_WRONLY | O_CREAT | O_TRUNC);
      target.write_at(0, bytes);
      target.sync();
    }
    std::filesystem::rename(temporary, file);
    directory.sync();
  }

  static void checkpoint(const std::string& dir, std::uint64_t id, std::string_view state,
                         const Descriptor& directory) {
    replace(dir + "/checkpoint", state, directory);
    for (std::uint64_t old = id + 1 - kCheckpointEvery; old <= id; ++old)
      std::filesystem::remove(dir + "/" + std::to_string(old) + ".log");
    directory.sync();
  }

  std::string dir_;
  std::array<Shard, kShards> shards_;
};

}  // namespace

std::unique_ptr<Engine> make_file_per_record() {
  return std::make_unique<FilePerRecordEngine>();
}

}  // namespace seawall::bench
