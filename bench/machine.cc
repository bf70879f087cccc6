#include "machine.h"

#include <array>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/core.h>
#include <sys/utsname.h>

#include "engine.h"
#include "engine_list.h"

namespace seawall::bench {
namespace {

constexpr double kMiB = 1 << 20;

/// Returns what follows `name` and a colon in a file of /proc.
std::string proc_value(const char* file, std::string_view name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "unknown";
}

/// Returns the type of the file system that holds `dir`: the longest mount point that is a prefix.
std::string file_system_of(const std::string& dir) {
  std::ifstream mounts("/proc/self/mounts");
  std::string device;
  std::string point;
  std::string type;
  std::string rest;
  std::string best_point;
  std::string best_type = "unknown";
  while (mounts >> device >> point >> type && std::getline(mounts, rest)) {
    const bool holds = point == "/" || (dir + "/").starts_with(point + "/");
    if (holds && point.size() >= best_point.size()) {
      best_point = point;
      best_type = type;
    }
  }
  return best_type;
}

std::string today() {
  constexpr std::size_t kDateBytes = 16;
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  std::array<char, kDateBytes> text{};
  if (::gmtime_r(&now, &utc) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc) == 0)
    fail("the date");
  return text.data();
}

}  // namespace

std::string machine_line(const std::string& dir) {
  utsname system{};
  if (::uname(&system) != 0) fail("uname");
  std::string absent;
  for (const EngineInfo& engine : engine_list())
    if (engine.make == nullptr)
      absent += fmt::format(R"({}"{}")", absent.empty() ? "" : ",", engine.name);
  const std::string memory = proc_value("/proc/meminfo", "MemTotal");
  return fmt::format(R"({{"date":"{}","cpu":"{}","cores":{},"memory_gib":{:.0f},"kernel":"{}",)"
                     R"("file_system":"{}","absent":[{}]}})"
                     "\n",
                     today(), proc_value("/proc/cpuinfo", "model name"),
                     std::thread::hardware_concurrency(), std::stod(memory) / kMiB, system.release,
                     file_system_of(dir), absent);
}

}  // namespace seawall::bench
