#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/simulated_disk.h"
#include "storage/file/simulated_machine.h"

namespace seawall::storage {

/// What a process holds of a node; dead once the machine's generation has moved on.
class SimulatedHandle {
 public:
  /// The caller holds the mutex.
  SimulatedHandle(std::shared_ptr<SimulatedMachine> machine, SimulatedDisk::Id node,
                  std::string name);
  SimulatedHandle(const SimulatedHandle&) = delete;
  SimulatedHandle& operator=(const SimulatedHandle&) = delete;
  ~SimulatedHandle();

  [[nodiscard]] SimulatedMachine& machine() const { return *machine_; }
  [[nodiscard]] const std::shared_ptr<SimulatedMachine>& shared_machine() const { return machine_; }
  [[nodiscard]] SimulatedDisk& disk() const { return machine_->disk; }
  [[nodiscard]] SimulatedDisk::Id node() const { return node_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool alive_locked() const { return generation_ == machine_->generation; }

 private:
  std::shared_ptr<SimulatedMachine> machine_;
  SimulatedDisk::Id node_;
  std::string name_;
  std::uint64_t generation_;
};

class SimulatedFileHandle final : public File {
 public:
  SimulatedFileHandle(std::shared_ptr<SimulatedMachine> machine, SimulatedDisk::Id node,
                      std::string name)
      : handle_(std::move(machine), node, std::move(name)) {}

  [[nodiscard]] Result<std::string> read_at(std::uint64_t offset,
                                            std::uint64_t length) const override;
  [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::string_view bytes) override;
  [[nodiscard]] Result<void> sync_data() override;
  [[nodiscard]] Result<std::uint64_t> size() const override;
  [[nodiscard]] Result<void> allocate(std::uint64_t length) override;

 private:
  SimulatedHandle handle_;
};

class SimulatedDirectory final : public Directory {
 public:
  SimulatedDirectory(std::shared_ptr<SimulatedMachine> machine, SimulatedDisk::Id node)
      : handle_(std::move(machine), node, ".") {}

  [[nodiscard]] Result<std::vector<DirectoryEntry>> list() const override;
  [[nodiscard]] Result<FileStatus> status_of(std::string_view name) const override;
  [[nodiscard]] Result<std::unique_ptr<File>> open(std::string_view name, OpenMode mode) override;
  [[nodiscard]] Result<void> rename(std::string_view from, std::string_view to) override;
  [[nodiscard]] Result<void> unlink(std::string_view name) override;
  [[nodiscard]] Result<void> sync() override;
  [[nodiscard]] Result<std::unique_ptr<DirectoryLock>> try_lock() override;
  [[nodiscard]] Result<bool> is_locked() override;
  [[nodiscard]] Result<std::uint64_t> free_bytes() const override;
  [[nodiscard]] std::uint64_t file_bytes_max() const override {
    return std::numeric_limits<std::uint64_t>::max();
  }

 private:
  SimulatedHandle handle_;
};

}  // namespace seawall::storage
