#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/merges.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"
#include "seawall/write_ahead_log.h"

#include "command_line.h"
#include "console.h"
#include "exit_code.h"
#include "input_record.h"
#include "intake.h"
#include "known_interpreters.h"
#include "log_directory.h"
#include "opened_log.h"
#include "stop_signals.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

// A descriptor that is closed at the end, unless it is stdin.
class InputFile {
 public:
  explicit InputFile(const std::string& path)
      : fd_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~InputFile() {
    if (fd_ > STDIN_FILENO) close(fd_);
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::uint64_t bytes() const {
    struct stat status{};
    const bool regular = fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
    return regular ? static_cast<std::uint64_t>(status.st_size) : 0;
  }

 private:
  int fd_;
};

// A new log gets the merge asked for, or ConsumerStateInterpreter; an old one is written with its
// own, if it is known, and refused when another merge is asked for.
Result<Interpreter> writing_interpreter(const std::shared_ptr<StorageInterface>& storage,
                                        const VolumeName& name,
                                        const std::optional<std::string>& merge) {
  if (merge) return merges::make_interpreter({*merge});
  Result<Interpreter> found = interpreter_of(storage, name);
  if (!found && found.error().code != Errc::kNotFound) return found;
  if (found && *found != nullptr) return found;
  return std::make_shared<ConsumerStateInterpreter>();
}

Result<std::unique_ptr<WriteAheadLog>> open_log(const Arguments& arguments) {
  const Result<VolumeName> name = log_directory(arguments.dir);
  if (!name) return std::unexpected(name.error());
  auto storage = std::make_shared<FileSystemStorage>();
  const Result<Interpreter> interpreter = writing_interpreter(storage, *name, arguments.merge);
  if (!interpreter) return std::unexpected(interpreter.error());
  Options options;
  options.in_flight_records_max = std::max(options.in_flight_records_max, arguments.in_flight);
  options.damage_policy = damage_policy(arguments.quarantine);
  Result<std::unique_ptr<WriteAheadLog>> log =
      WriteAheadLog::open(*interpreter, storage, name->service_name, name->base_dir, options);
  // A writer makes what is not there; that it cannot is no "no such log".
  if (!log && log.error().code == Errc::kNotFound) log.error().code = Errc::kIo;
  return log;
}

// With --wait-space, a disk too full to open the log is waited for as well.
Result<std::unique_ptr<WriteAheadLog>> open_or_wait(const Arguments& arguments, StopSignals& stop) {
  constexpr int kAskAgainMs = 200;
  Result<std::unique_ptr<WriteAheadLog>> log = open_log(arguments);
  const auto full = [&log] { return !log && log.error().code == Errc::kNoSpace; };
  if (full() && arguments.wait_space) print_note("waiting for space: " + to_string(log.error()));
  while (full() && arguments.wait_space && stop.wait(kAskAgainMs) == 0) log = open_log(arguments);
  return log;
}

ExitCode persist_lines(WriteAheadLog& log, StopSignals& stop, const Arguments& arguments) {
  const InputFile input(*arguments.input);
  if (input.fd() < 0) return fail({Errc::kIo, errno, "cannot open " + *arguments.input, {}});
  Intake intake(log, stop, {.in_flight = arguments.in_flight, .wait_space = arguments.wait_space});
  const std::string source = *arguments.input == "-" ? "stdin" : *arguments.input;
  return intake.finish(intake.take_lines(input.fd(), source, input.bytes()));
}

ExitCode persist_one(WriteAheadLog& log, StopSignals& stop, const Arguments& arguments,
                     const InputRecord& record) {
  Intake intake(log, stop, {.in_flight = arguments.in_flight, .wait_space = arguments.wait_space});
  const Result<bool> taken = intake.take(record);
  return intake.finish(taken ? ExitCode::kOk : fail(taken.error()));
}

}  // namespace

ExitCode run_persist(const Arguments& arguments) {
  // What is wrong with the call is said before a log is made.
  Result<InputRecord> record;
  if (!arguments.input) {
    record = record_of(arguments);
    if (!record) return fail(record.error());
  } else if (arguments.id || arguments.client.text || arguments.client.base64 ||
             arguments.producer.text || arguments.producer.base64) {
    print_error("--input takes client, id and producer from its lines");
    return ExitCode::kUsage;
  }
  StopSignals stop;
  const Result<std::unique_ptr<WriteAheadLog>> log = open_or_wait(arguments, stop);
  if (!log) return stop.taken() != 0 ? signal_exit_code(stop.taken()) : fail(log.error());
  return arguments.input ? persist_lines(**log, stop, arguments)
                         : persist_one(**log, stop, arguments, *record);
}

}  // namespace seawall::cli
