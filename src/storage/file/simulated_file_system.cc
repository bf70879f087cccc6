#include "storage/file/simulated_file_system.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/os_error.h"
#include "storage/file/simulated_content.h"
#include "storage/file/simulated_disk.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_handle.h"
#include "storage/file/simulated_machine.h"
#include "storage/file/simulated_random.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::storage {
namespace {

/// Steps from `parent` into `name`, made if missing, its entry durable.
Result<SimulatedDisk::Id> descend_locked(SimulatedMachine& machine, SimulatedDisk::Id parent,
                                         std::string_view name) {
  const SimulatedDisk::Id found = machine.disk.names(parent).find(name);
  if (found != 0 && !machine.disk.is_directory(found)) {
    return std::unexpected(os_error(ENOTDIR, "create directory", name));
  }
  if (found == 0) {
    const Result<SimulatedDisk::Id> made =
        run_call_locked(machine, {SimulatedOperation::kMakeDirectory, name},
                        [&] { return machine.disk.make_directory(parent, name); });
    if (!made) return std::unexpected(made.error());
  }
  if (machine.disk.names(parent).unsynced() != 0) {
    const Result<void> synced = run_call_locked(machine, {SimulatedOperation::kSyncDirectory, name},
                                                [&]() -> OrErrno<void> {
                                                  machine.disk.sync_names(parent);
                                                  return {};
                                                });
    if (!synced) return std::unexpected(synced.error());
  }
  return machine.disk.names(parent).find(name);
}

}  // namespace

SimulatedFileSystem::SimulatedFileSystem(std::uint64_t seed)
    : machine_(std::make_shared<SimulatedMachine>(seed)) {}

SimulatedFileSystem::SimulatedFileSystem(std::shared_ptr<SimulatedMachine> machine)
    : machine_(std::move(machine)) {}

SimulatedFileSystem::~SimulatedFileSystem() = default;

Result<std::unique_ptr<Directory>> SimulatedFileSystem::open_directory(const std::string& path) {
  const std::lock_guard guard(machine_->mutex);
  const Result<SimulatedDisk::Id> node =
      run_call_locked(*machine_, {SimulatedOperation::kOpenDirectory, path},
                      [&] { return machine_->disk.find_directory(path); });
  if (!node) return std::unexpected(node.error());
  return std::make_unique<SimulatedDirectory>(machine_, *node);
}

Result<void> SimulatedFileSystem::create_directories(const std::string& path) {
  const std::lock_guard guard(machine_->mutex);
  SimulatedDisk::Id at = SimulatedDisk::kRoot;
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name.empty() || name == ".") continue;
    const Result<SimulatedDisk::Id> next = descend_locked(*machine_, at, name);
    if (!next) return std::unexpected(next.error());
    at = *next;
  }
  return {};
}

void SimulatedFileSystem::sleep_us(std::uint64_t us) {
  const std::lock_guard guard(machine_->mutex);
  machine_->slept_us += us;
}

std::shared_ptr<SimulatedFileSystem> SimulatedFileSystem::fork() const {
  const std::lock_guard guard(machine_->mutex);
  auto copy = std::make_shared<SimulatedMachine>(0);
  copy->disk = machine_->disk;
  copy->faults = machine_->faults;
  copy->random = machine_->random;
  copy->slept_us = machine_->slept_us;
  copy->disk.kill_process();
  copy->faults.clear();
  return std::shared_ptr<SimulatedFileSystem>(new SimulatedFileSystem(std::move(copy)));
}

void SimulatedFileSystem::power_cut(Survivor how) {
  const std::lock_guard guard(machine_->mutex);
  ++machine_->generation;
  machine_->disk.power_cut(how, machine_->random);
  machine_->faults.switch_on();
}

void SimulatedFileSystem::power_cut(Survivor how, std::uint64_t seed) {
  {
    const std::lock_guard guard(machine_->mutex);
    machine_->random = SimulatedRandom(seed);
  }
  power_cut(how);
}

void SimulatedFileSystem::kill_process() {
  const std::lock_guard guard(machine_->mutex);
  ++machine_->generation;
  machine_->disk.kill_process();
}

void SimulatedFileSystem::fail(SimulatedFault fault) {
  const std::lock_guard guard(machine_->mutex);
  machine_->faults.add(std::move(fault));
}

void SimulatedFileSystem::fail_at(SimulatedOperation operation, std::uint64_t nth, int os_errno,
                                  FaultKind kind) {
  fail({.operation = operation,
        .name_prefix = {},
        .nth = nth,
        .repeat = false,
        .os_errno = os_errno,
        .kind = kind});
}

void SimulatedFileSystem::cut_at(std::uint64_t nth) {
  const std::lock_guard guard(machine_->mutex);
  machine_->faults.cut_at(nth);
}

void SimulatedFileSystem::cut_at_mutation(std::uint64_t nth) {
  const std::lock_guard guard(machine_->mutex);
  machine_->faults.cut_at_mutation(nth);
}

void SimulatedFileSystem::read_only_from(std::uint64_t nth) {
  const std::lock_guard guard(machine_->mutex);
  machine_->faults.read_only_from(nth);
}

void SimulatedFileSystem::clear_faults() {
  const std::lock_guard guard(machine_->mutex);
  machine_->faults.clear();
}

bool SimulatedFileSystem::is_off() const {
  const std::lock_guard guard(machine_->mutex);
  return machine_->faults.is_off();
}

void SimulatedFileSystem::set_capacity(std::uint64_t bytes) {
  const std::lock_guard guard(machine_->mutex);
  machine_->disk.set_capacity(bytes);
}

std::uint64_t SimulatedFileSystem::used_bytes() const {
  const std::lock_guard guard(machine_->mutex);
  return machine_->disk.used_bytes();
}

std::uint64_t SimulatedFileSystem::operations() const {
  const std::lock_guard guard(machine_->mutex);
  return machine_->faults.operations();
}

std::uint64_t SimulatedFileSystem::mutations() const {
  const std::lock_guard guard(machine_->mutex);
  return machine_->faults.mutations();
}

std::uint64_t SimulatedFileSystem::struck() const {
  const std::lock_guard guard(machine_->mutex);
  return machine_->faults.struck();
}

void SimulatedFileSystem::record_operations(bool on) {
  const std::lock_guard guard(machine_->mutex);
  machine_->faults.record(on);
}

std::string SimulatedFileSystem::operation_log() const {
  const std::lock_guard guard(machine_->mutex);
  return machine_->faults.log();
}

std::uint64_t SimulatedFileSystem::slept_us() const {
  const std::lock_guard guard(machine_->mutex);
  return machine_->slept_us;
}

bool SimulatedFileSystem::has_unsynced() const {
  const std::lock_guard guard(machine_->mutex);
  return machine_->disk.has_unsynced();
}

std::vector<std::string> SimulatedFileSystem::names(const std::string& directory) const {
  const std::lock_guard guard(machine_->mutex);
  std::vector<std::string> names;
  const OrErrno<SimulatedDisk::Id> node = machine_->disk.find_directory(directory);
  if (!node) return names;
  for (const auto& [name, child] : machine_->disk.names(*node).now()) names.push_back(name);
  return names;
}

std::string SimulatedFileSystem::bytes(const std::string& directory, std::string_view name) const {
  const std::lock_guard guard(machine_->mutex);
  const OrErrno<SimulatedDisk::Id> node = machine_->disk.find_directory(directory);
  if (!node) return {};
  const OrErrno<SimulatedDisk::Id> file = machine_->disk.open(*node, name, OpenMode::kRead);
  if (!file) return {};
  const SimulatedContent& content = machine_->disk.file(*file).cached();
  return content.read(0, content.size());
}

void SimulatedFileSystem::set_bytes(const std::string& directory, std::string_view name,
                                    std::string_view bytes) {
  const std::lock_guard guard(machine_->mutex);
  const OrErrno<SimulatedDisk::Id> node = machine_->disk.find_directory(directory);
  if (!node) return;
  OrErrno<SimulatedDisk::Id> file = machine_->disk.open(*node, name, OpenMode::kRead);
  if (!file) {
    file = machine_->disk.open(*node, name, OpenMode::kCreateExclusive);
    machine_->disk.sync_names(*node);
  }
  if (file) machine_->disk.file(*file).replace(bytes);
}

void SimulatedFileSystem::make_unreadable(const std::string& directory, std::string_view name,
                                          std::uint64_t begin, std::uint64_t end) {
  const std::lock_guard guard(machine_->mutex);
  const OrErrno<SimulatedDisk::Id> node = machine_->disk.find_directory(directory);
  if (!node) return;
  const OrErrno<SimulatedDisk::Id> file = machine_->disk.open(*node, name, OpenMode::kRead);
  if (file) machine_->disk.file(*file).make_unreadable(begin, end);
}

void SimulatedFileSystem::erase(const std::string& directory, std::string_view name) {
  const std::lock_guard guard(machine_->mutex);
  const OrErrno<SimulatedDisk::Id> node = machine_->disk.find_directory(directory);
  if (!node || !machine_->disk.unlink(*node, name)) return;
  machine_->disk.sync_names(*node);
}

}  // namespace seawall::storage
