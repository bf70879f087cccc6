// Loaded before the C library (LD_PRELOAD): lets the n-th system call of a kind fail on real files,
// and writes down what was called.
//
//   SEAWALL_SHIM_BELOW  faults count only calls on this directory and what is below it
//   SEAWALL_SHIM_FAULT  CALL:N:ERRNO lets the N-th CALL fail; CALL:N:ERRNO+ all from there on;
//                       CALL:N:short lets a pwrite take half
//   SEAWALL_SHIM_UNREADABLE  BEGIN:END:PATH lets every pread of a byte in that range of a file fail
//                       with EIO, as a bad sector does
//   SEAWALL_SHIM_TRACE  a line for each call: CALL RESULT PATH [TO]; failed ones of ours: FAULT
//
// Writes to a pipe appear as `ack`, before they are made; all other calls after they returned.

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdlib>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

struct Fault {
  std::string call;
  unsigned long nth = 0;
  int error = 0;  ///< 0: a short write.
  bool lasting = false;
};

struct Unreadable {
  std::string path;
  unsigned long begin = 0;
  unsigned long end = 0;
};

struct Shim {
  std::string below;
  Fault fault;
  Unreadable unreadable;
  int trace = -1;
  std::atomic<unsigned long> count{0};
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Fault parse_fault(const std::string& text) {
  Fault fault;
  const std::size_t first = text.find(':');
  if (first == std::string::npos) return fault;
  const std::size_t second = text.find(':', first + 1);
  fault.call = text.substr(0, first);
  fault.nth = std::strtoul(text.c_str() + first + 1, nullptr, 10);
  const std::string how = text.substr(second + 1);
  fault.error = how == "short" ? 0 : std::atoi(how.c_str());
  fault.lasting = how.ends_with('+');
  return fault;
}

Unreadable parse_unreadable(const std::string& text) {
  Unreadable unreadable;
  const std::size_t first = text.find(':');
  if (first == std::string::npos) return unreadable;
  const std::size_t second = text.find(':', first + 1);
  unreadable.begin = std::strtoul(text.c_str(), nullptr, 10);
  unreadable.end = std::strtoul(text.c_str() + first + 1, nullptr, 10);
  unreadable.path = text.substr(second + 1);
  return unreadable;
}

Shim& shim() {
  static Shim& only = *[] {
    auto* made = new Shim;
    made->below = environment("SEAWALL_SHIM_BELOW");
    made->fault = parse_fault(environment("SEAWALL_SHIM_FAULT"));
    made->unreadable = parse_unreadable(environment("SEAWALL_SHIM_UNREADABLE"));
    const std::string trace = environment("SEAWALL_SHIM_TRACE");
    if (!trace.empty()) {
      made->trace = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, trace.c_str(),
                                               O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    }
    return made;
  }();
  return only;
}

std::string path_of(int descriptor) {
  if (descriptor == AT_FDCWD) return "";
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  return {path.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

std::string path_of(int directory, const char* name) {
  if (*name == '/' || directory == AT_FDCWD) return name;
  return path_of(directory) + "/" + name;
}

void note(std::string_view call, std::string_view result, std::string_view paths) {
  if (shim().trace < 0) return;
  std::string line(call);
  line.append(" ").append(result).append(" ").append(paths).append("\n");
  const int error = errno;
  static_cast<void>(::syscall(SYS_write, shim().trace, line.data(), line.size()));
  errno = error;
}

void note_result(std::string_view call, long result, std::string_view paths) {
  note(call, result < 0 ? "error" : "ok", paths);
}

/// Returns whether this call is the one to fail; sets errno.
bool fails(std::string_view call, const std::string& path) {
  Shim& all = shim();
  if (all.fault.call != call || !path.starts_with(all.below)) return false;
  const unsigned long count = ++all.count;
  if (count != all.fault.nth && !(all.fault.lasting && count > all.fault.nth)) return false;
  note(call, "FAULT", path);
  errno = all.fault.error;
  return true;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int shim_open(int directory, const char* name, int flags, mode_t mode) {
  const std::string path = path_of(directory, name);
  const bool creates = (flags & O_CREAT) != 0;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  const char* const call = creates ? "create" : writes ? "open-to-write" : "open";
  if (fails("openat", path)) return -1;
  const auto result = static_cast<int>(::syscall(SYS_openat, directory, name, flags, mode));
  note_result(call, result, path);
  return result;
}

mode_t mode_argument(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

ssize_t shim_pwrite(int file, const void* bytes, size_t count, off_t offset) {
  const std::string path = path_of(file);
  if (fails("pwrite", path)) {
    if (shim().fault.error != 0) return -1;
    count = (count + 1) / 2;
  }
  const ssize_t result = ::syscall(SYS_pwrite64, file, bytes, count, offset);
  note_result("pwrite", result, path);
  return result;
}

ssize_t shim_pread(int file, void* bytes, size_t count, off_t offset) {
  const std::string path = path_of(file);
  if (fails("pread", path)) return -1;
  const Unreadable& bad = shim().unreadable;
  const auto begin = static_cast<unsigned long>(offset);
  if (path == bad.path && begin < bad.end && bad.begin < begin + count) {
    errno = EIO;
    return -1;
  }
  return ::syscall(SYS_pread64, file, bytes, count, offset);
}

}  // namespace

extern "C" {

int openat(int directory, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return shim_open(directory, name, flags, mode);
}

int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return shim_open(AT_FDCWD, name, flags, mode);
}

int openat64(int directory, const char* name, int flags, ...) __attribute__((alias("openat")));
int open64(const char* name, int flags, ...) __attribute__((alias("open")));

ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) {
  return shim_pwrite(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t offset) {
  return shim_pwrite(file, bytes, count, offset);
}

ssize_t pread(int file, void* bytes, size_t count, off_t offset) {
  return shim_pread(file, bytes, count, offset);
}

ssize_t pread64(int file, void* bytes, size_t count, off64_t offset) {
  return shim_pread(file, bytes, count, offset);
}

ssize_t write(int file, const void* bytes, size_t count) {
  struct stat status{};
  if (::fstat(file, &status) == 0 && S_ISFIFO(status.st_mode)) note("ack", "ok", "pipe");
  return ::syscall(SYS_write, file, bytes, count);
}

int fdatasync(int file) {
  const std::string path = path_of(file);
  if (fails("fdatasync", path)) return -1;
  const int result = next<int (*)(int)>("fdatasync")(file);
  note_result("fdatasync", result, path);
  return result;
}

int fsync(int file) {
  const std::string path = path_of(file);
  if (fails("fsync", path)) return -1;
  const int result = next<int (*)(int)>("fsync")(file);
  note_result("fsync", result, path);
  return result;
}

int renameat(int from_directory, const char* from, int to_directory, const char* to) {
  const std::string paths = path_of(from_directory, from) + " " + path_of(to_directory, to);
  if (fails("renameat", paths)) return -1;
  const auto result =
      static_cast<int>(::syscall(SYS_renameat2, from_directory, from, to_directory, to, 0));
  note_result("renameat", result, paths);
  return result;
}

int unlinkat(int directory, const char* name, int flags) noexcept {
  const std::string path = path_of(directory, name);
  if (fails("unlinkat", path)) return -1;
  const auto result = static_cast<int>(::syscall(SYS_unlinkat, directory, name, flags));
  note_result("unlinkat", result, path);
  return result;
}

int mkdirat(int directory, const char* name, mode_t mode) noexcept {
  const std::string path = path_of(directory, name);
  if (fails("mkdirat", path)) return -1;
  const auto result = static_cast<int>(::syscall(SYS_mkdirat, directory, name, mode));
  note_result("mkdirat", result, path);
  return result;
}

int fallocate(int file, int mode, off_t offset, off_t length) {
  const std::string path = path_of(file);
  if (fails("fallocate", path)) return -1;
  const auto result = static_cast<int>(::syscall(SYS_fallocate, file, mode, offset, length));
  note_result("fallocate", result, path);
  return result;
}

}  // extern "C"
