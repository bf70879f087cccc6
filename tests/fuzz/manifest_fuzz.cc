// The engine's manifest and the volume's, with and without a checksum that holds.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "format/manifest.h"
#include "fuzz/fuzz_input.h"
#include "storage/file/volume_manifest.h"

namespace seawall::fuzz {
namespace {

void judge_engine(std::string_view bytes) {
  const auto manifest = format::decode_manifest(bytes);
  if (!manifest) return;
  const auto again = format::decode_manifest(format::encode_manifest(*manifest));
  require(again && again->interpreter_id == manifest->interpreter_id);
  require(again->objects.size() == manifest->objects.size());
}

void judge_volume(std::string_view bytes) {
  constexpr std::uint64_t kNumber = 1;
  const auto manifest = storage::decode_volume_manifest(bytes, kNumber);
  if (!manifest) return;
  const auto again =
      storage::decode_volume_manifest(storage::encode_volume_manifest(*manifest), kNumber);
  require(again && again->engine_bytes == manifest->engine_bytes);
  require(again->segments.size() == manifest->segments.size());
}

}  // namespace
}  // namespace seawall::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  for (const std::string& bytes : {input, seawall::fuzz::sealed(input)}) {
    seawall::fuzz::judge_engine(bytes);
    seawall::fuzz::judge_volume(bytes);
  }
  return 0;
}
