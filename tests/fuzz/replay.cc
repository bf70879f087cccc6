// Stands in for libFuzzer where there is none: gives the target every file of a folder once, and
// fails when that took more memory than a hostile file may cost.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include <sys/resource.h>

#include "fuzz/fuzz_input.h"

namespace {

constexpr long kMemoryKibMax = 256L * 1024;

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  if (argc != 2) return 2;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    // Named first: what crashes cannot say so any more.
    std::cout << entry.path().filename().string() << "\n" << std::flush;
    const std::vector<std::uint8_t> input = bytes_of(entry.path());
    LLVMFuzzerTestOneInput(input.data(), input.size());
    ++inputs;
  }
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 1;
  std::cout << "inputs: " << inputs << ", memory " << usage.ru_maxrss / 1024 << " MiB\n";
  return inputs > 0 && usage.ru_maxrss <= kMemoryKibMax ? 0 : 1;
}
