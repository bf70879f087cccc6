#include "storage/file/simulated_handle.h"

#include <cerrno>
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
#include "storage/file/simulated_disk.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file.h"
#include "storage/file/simulated_machine.h"

namespace seawall::storage {
namespace {

using Kind = SimulatedOperation;

/// Runs one call on a handle: dead handles fail and count as nothing. `args` as run_call_locked's.
template <class Perform, class... Fail>
auto run(const SimulatedHandle& handle, const SimulatedCall& call, const Perform& perform,
         const Fail&... fail) -> Result<typename decltype(perform())::value_type> {
  const std::lock_guard guard(handle.machine().mutex);
  if (!handle.alive_locked()) {
    return std::unexpected(os_error(EIO, operation_name(call.operation), call.name));
  }
  return run_call_locked(handle.machine(), call, perform, fail...);
}

class SimulatedLock final : public DirectoryLock {
 public:
  SimulatedLock(std::shared_ptr<SimulatedMachine> machine, SimulatedDisk::Id node)
      : handle_(std::move(machine), node, ".") {}
  SimulatedLock(const SimulatedLock&) = delete;
  SimulatedLock& operator=(const SimulatedLock&) = delete;
  ~SimulatedLock() override {
    const std::lock_guard guard(handle_.machine().mutex);
    if (handle_.alive_locked()) handle_.disk().unlock(handle_.node());
  }

 private:
  SimulatedHandle handle_;
};

}  // namespace

SimulatedHandle::SimulatedHandle(std::shared_ptr<SimulatedMachine> machine, SimulatedDisk::Id node,
                                 std::string name)
    : machine_(std::move(machine)),
      node_(node),
      name_(std::move(name)),
      generation_(machine_->generation) {
  machine_->disk.hold(node_);
}

SimulatedHandle::~SimulatedHandle() {
  const std::lock_guard guard(machine_->mutex);
  if (alive_locked()) machine_->disk.let_go(node_);
}

Result<std::string> SimulatedFileHandle::read_at(std::uint64_t offset, std::uint64_t length) const {
  return run(handle_, {Kind::kRead, handle_.name(), offset, length}, [&]() -> OrErrno<std::string> {
    const SimulatedFile& file = handle_.disk().file(handle_.node());
    if (file.is_unreadable(offset, length)) return std::unexpected(EIO);
    return file.cached().read(offset, length);
  });
}

Result<void> SimulatedFileHandle::write_at(std::uint64_t offset, std::string_view bytes) {
  const auto perform = [&] { return handle_.disk().write(handle_.node(), offset, bytes); };
  const auto fail = [&](FaultKind kind) {
    if (kind != FaultKind::kShort) return;
    const std::uint64_t length = handle_.machine().random.below(bytes.size());
    const OrErrno<void> part =
        handle_.disk().write(handle_.node(), offset, bytes.substr(0, length));
    // A full disk makes the short write shorter; the fault's error is the one reported.
    if (!part) return;
  };
  return run(handle_, {Kind::kWrite, handle_.name(), offset, bytes.size()}, perform, fail);
}

Result<void> SimulatedFileHandle::sync_data() {
  const auto perform = [&]() -> OrErrno<void> {
    handle_.disk().file(handle_.node()).sync();
    return {};
  };
  const auto fail = [&](FaultKind kind) {
    handle_.disk()
        .file(handle_.node())
        .fail_sync(handle_.machine().random, kind == FaultKind::kShort);
  };
  return run(handle_, {Kind::kSyncData, handle_.name()}, perform, fail);
}

Result<std::uint64_t> SimulatedFileHandle::size() const {
  return run(handle_, {Kind::kSize, handle_.name()}, [&]() -> OrErrno<std::uint64_t> {
    return handle_.disk().file(handle_.node()).cached().size();
  });
}

Result<void> SimulatedFileHandle::allocate(std::uint64_t length) {
  return run(handle_, {Kind::kAllocate, handle_.name(), 0, length},
             [&] { return handle_.disk().allocate(handle_.node(), length); });
}

Result<std::vector<DirectoryEntry>> SimulatedDirectory::list() const {
  return run(handle_, {Kind::kList, "."}, [&]() -> OrErrno<std::vector<DirectoryEntry>> {
    return handle_.disk().list(handle_.node());
  });
}

Result<FileStatus> SimulatedDirectory::status_of(std::string_view name) const {
  return run(handle_, {Kind::kSize, name}, [&]() -> OrErrno<FileStatus> {
    const SimulatedDisk::Id node = handle_.disk().names(handle_.node()).find(name);
    if (node == 0) return std::unexpected(ENOENT);
    return FileStatus{.bytes = handle_.disk().file(node).cached().size(), .has_other_names = false};
  });
}

Result<std::unique_ptr<File>> SimulatedDirectory::open(std::string_view name, OpenMode mode) {
  const Kind kind = mode == OpenMode::kCreateExclusive ? Kind::kCreate : Kind::kOpen;
  const std::lock_guard guard(handle_.machine().mutex);
  if (!handle_.alive_locked()) return std::unexpected(os_error(EIO, operation_name(kind), name));
  const Result<SimulatedDisk::Id> node = run_call_locked(handle_.machine(), {kind, name}, [&] {
    return handle_.disk().open(handle_.node(), name, mode);
  });
  if (!node) return std::unexpected(node.error());
  return std::make_unique<SimulatedFileHandle>(handle_.shared_machine(), *node, std::string(name));
}

Result<void> SimulatedDirectory::rename(std::string_view from, std::string_view to) {
  return run(handle_, {Kind::kRename, from},
             [&] { return handle_.disk().rename(handle_.node(), from, to); });
}

Result<void> SimulatedDirectory::unlink(std::string_view name) {
  return run(handle_, {Kind::kUnlink, name},
             [&] { return handle_.disk().unlink(handle_.node(), name); });
}

Result<void> SimulatedDirectory::sync() {
  return run(handle_, {Kind::kSyncDirectory, "."}, [&]() -> OrErrno<void> {
    handle_.disk().sync_names(handle_.node());
    return {};
  });
}

Result<std::unique_ptr<DirectoryLock>> SimulatedDirectory::try_lock() {
  const std::lock_guard guard(handle_.machine().mutex);
  if (!handle_.alive_locked()) return std::unexpected(os_error(EIO, "lock", "."));
  bool held = false;
  const Result<bool> taken =
      run_call_locked(handle_.machine(), {Kind::kLock, "."}, [&]() -> OrErrno<bool> {
        held = handle_.disk().lock(handle_.node());
        return held;
      });
  if (!taken) {
    // Closing the descriptor lets go of a lock that was taken although an error was reported.
    if (held) handle_.disk().unlock(handle_.node());
    return std::unexpected(taken.error());
  }
  if (!*taken) {
    Error error = os_error(EWOULDBLOCK, "lock", ".");
    error.code = Errc::kLocked;
    return std::unexpected(std::move(error));
  }
  return std::make_unique<SimulatedLock>(handle_.shared_machine(), handle_.node());
}

Result<bool> SimulatedDirectory::is_locked() {
  return run(handle_, {Kind::kIsLocked, "."},
             [&]() -> OrErrno<bool> { return handle_.disk().locked(handle_.node()); });
}

Result<std::uint64_t> SimulatedDirectory::free_bytes() const {
  return run(handle_, {Kind::kFreeBytes, "."},
             [&]() -> OrErrno<std::uint64_t> { return handle_.disk().free_bytes(); });
}

}  // namespace seawall::storage
