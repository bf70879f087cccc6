#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/model.h"
#include "engine/log_engine.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {

/// The files of a directory, by name.
using FileBytes = std::map<std::string, std::string>;

[[nodiscard]] FileBytes read_directory(const std::string& path);
/// Makes `path` with `files` in it, and nothing else.
void write_directory(const std::string& path, const FileBytes& files);
/// Returns a simulated machine with `files` in /base/log.
[[nodiscard]] std::shared_ptr<storage::SimulatedFileSystem> load(const FileBytes& files);

/// How the last life of a log ended.
enum class LogEnd : std::uint8_t {
  kKilled,              ///< As the process left it, the mark in place.
  kMarkLost,            ///< The mark never reached the disk.
  kWithoutCheckpoints,  ///< Closed; everything is in the log.
};

/// A group of a finished log.
struct LogGroup {
  std::string file;
  std::uint64_t offset = 0;
  Lsn first;
  Lsn end;  ///< One past its last record.
};

/// Bytes of a file that say something; all others are never read, or zeros.
struct FilePart {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  /// The group these bytes are, or were written with: the start block of a segment that its writer
  /// switched to comes with the first group.
  std::optional<std::size_t> group{};
};

/// A log that the engine wrote to real files over several lives: several segments, recycled ones
/// among them, checkpoints, segment directories.
class FinishedLog {
 public:
  /// Returns what went wrong, empty when nothing did.
  [[nodiscard]] std::string write(LogEnd end);

  [[nodiscard]] const FileBytes& files() const { return files_; }
  /// Returns the different contents that each file, of whatever name, had before.
  [[nodiscard]] const std::map<std::string, std::set<std::string>>& older() const { return older_; }
  [[nodiscard]] Lsn acknowledged() const { return Lsn{models_.size() - 1}; }
  /// Returns what the log holds up to `lsn`.
  [[nodiscard]] const Model& model(Lsn lsn) const { return models_[lsn.value]; }
  /// Returns the first LSN that checkpoints do not cover.
  [[nodiscard]] Lsn start() const { return start_; }
  /// Returns the groups that are still there, oldest first.
  [[nodiscard]] const std::vector<LogGroup>& groups() const { return groups_; }
  /// Returns the parts of `file`, ascending; none of files that are only for messages and ballast.
  [[nodiscard]] const std::vector<FilePart>& parts(const std::string& file) const;
  /// Returns the clients that some record of `group` names.
  [[nodiscard]] std::set<std::string> clients(const LogGroup& group) const;

  [[nodiscard]] std::uint64_t count(const std::string& prefix) const;
  [[nodiscard]] std::uint64_t recycled_segments() const { return recycled_; }

 private:
  std::string live(const std::string& base, LogEnd end, int life);
  std::string commit(engine::LogEngine& log, const std::vector<ModelOperation>& operations);
  void remember(const std::string& directory);
  void take_apart();
  std::string find_groups();
  /// Notes the head of segment `file`, after one of `epoch`, which becomes its own.
  bool enter_segment(const LogId& log_id, const std::string& file, Epoch& epoch);

  FileBytes files_;
  std::map<std::string, std::set<std::string>> older_;
  std::vector<Model> models_{Model()};                    ///< By LSN.
  std::vector<std::vector<ModelOperation>> records_{{}};  ///< By LSN.
  std::vector<LogGroup> groups_;
  std::map<std::string, std::vector<FilePart>> parts_;
  Lsn start_;
  std::uint64_t recycled_ = 0;
};

}  // namespace seawall::crash
