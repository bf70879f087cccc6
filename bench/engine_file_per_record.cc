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
#include <vector>

#include <fcntl.h>

#include "engine.h"
#include "engine_list.h"
#include "entry_state.h"
#include "last_value.h"
#include "posix_files.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kShards = 64;
constexpr std::size_t kCheckpointEvery = 3;

/// The design Seawall replaces: a directory per client; a log file per message that goes from
/// PROCESSING to COMPLETED; every third message a checkpoint, after which the log files go. Done
/// durably, four fsyncs per message and three per checkpoint: five each. States stay in memory,
/// which is in its favour.
class FilePerRecordEngine final : public Engine {
 public:
  void open(const std::string& dir, const EngineOptions& options) override {
    dir_ = dir;
    options_ = options;
  }

  void persist(const Write& write) override {
    Client& client = client_of(write.client);
    const std::scoped_lock lock(client.mutex);
    const std::string dir = dir_ + "/" + std::string(write.client);
    if (client.last_id == 0) std::filesystem::create_directory(dir);
    // Ids of a large state come from several threads, in any order; it counts none twice.
    if (options_.entries == 0 && client.last_id >= write.id) return;
    const Descriptor directory(dir, O_RDONLY | O_DIRECTORY);
    const std::string file = dir + "/" + std::to_string(write.id) + ".log";
    const std::string bytes = encode_last(write);
    replace(file, "PROCESSING " + bytes, directory);
    replace(file, "COMPLETED " + bytes, directory);
    merge(client, write);
    client.log_files.push_back(file);
    if (client.log_files.size() == kCheckpointEvery) checkpoint(dir, client, directory);
  }

  void write_batch(std::span<const Write> writes) override {
    for (const Write& write : writes) persist(write);
  }

  std::optional<std::string> retrieve(std::string_view client_name) override {
    Client& client = client_of(client_name);
    const std::scoped_lock lock(client.mutex);
    if (client.last_id == 0) return std::nullopt;
    return client.state;
  }

  void close() override {
    for (Shard& shard : shards_) shard.clients.clear();
  }

 private:
  struct Client {
    std::mutex mutex;
    std::uint64_t last_id = 0;
    std::string state;
    std::vector<std::string> log_files;  // since the checkpoint
  };

  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Client> clients;
  };

  Client& client_of(std::string_view name) {
    Shard& shard = shards_[std::hash<std::string_view>{}(name) % kShards];
    const std::scoped_lock lock(shard.mutex);
    return shard.clients[std::string(name)];
  }

  void merge(Client& client, const Write& write) const {
    client.last_id = write.id;
    if (options_.entries == 0)
      client.state = write.value;
    else if (!merge_entry(client.state, write.value))
      fail("file_per_record: no entry of this state");
  }

  void replace(const std::string& file, std::string_view bytes, const Descriptor& directory) const {
    const std::string temporary = file + ".tmp";
    {
      const Descriptor target(temporary, O_WRONLY | O_CREAT | O_TRUNC);
      target.write_at(0, bytes);
      if (options_.flushes) target.sync();
    }
    std::filesystem::rename(temporary, file);
    if (options_.flushes) directory.sync();
  }

  void checkpoint(const std::string& dir, Client& client, const Descriptor& directory) const {
    replace(dir + "/checkpoint", std::to_string(client.last_id) + " " + client.state, directory);
    for (const std::string& file : client.log_files) std::filesystem::remove(file);
    if (options_.flushes) directory.sync();
    client.log_files.clear();
  }

  std::string dir_;
  EngineOptions options_;
  std::array<Shard, kShards> shards_;
};

}  // namespace

std::unique_ptr<Engine> make_file_per_record() {
  return std::make_unique<FilePerRecordEngine>();
}

}  // namespace seawall::bench
