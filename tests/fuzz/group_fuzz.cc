// Group headers and frames: hostile bytes are refused, accepted ones are what they say.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/checksum.h"
#include "base/coding.h"
#include "format/group.h"
#include "fuzz/fuzz_input.h"

namespace seawall::fuzz {
namespace {

void walk(std::string_view frames, std::uint32_t records) {
  std::uint32_t count = 0;
  std::size_t bytes = 0;
  for (format::FrameWalk walk(frames); !walk.done(); ++count) {
    bytes += format::kFrameHeadBytes + walk.next().size();
  }
  require(count == records && bytes == frames.size());
}

void judge(std::string_view group) {
  const auto header = format::decode_group_header(group);
  if (!header) return;
  require(group.size() >= format::kGroupHeaderBytes);
  require(header->group_bytes() <= format::kGroupBytesMax + format::kGroupHeaderBytes);
  const std::string_view frames = group.substr(format::kGroupHeaderBytes);
  if (format::frames_valid(*header, frames)) walk(frames, header->records);
}

/// The header's bytes and its frames, with the header's checksum mended.
void judge_mended(std::string group) {
  constexpr std::size_t kChecksumAt = format::kGroupHeaderBytes - sizeof(std::uint32_t);
  if (group.size() < format::kGroupHeaderBytes) return;
  group.replace(0, format::kGroupMagic.size(), format::kGroupMagic);
  base::store_le(group.data() + kChecksumAt,
                 base::crc32c(std::string_view(group).substr(0, kChecksumAt)));
  judge(group);
}

/// Frames made of the input's lines, sealed as the writer does it, must be read back.
void judge_sealed(std::string_view input) {
  std::string group(format::kGroupHeaderBytes, '\0');
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    format::put_frame(group, line);
    input.remove_prefix(std::min(line.size() + 1, input.size()));
  }
  const format::GroupHeader header = format::seal_group({}, group);
  if (header.records == 0) return;
  require(format::frames_valid(header, std::string_view(group).substr(format::kGroupHeaderBytes)));
  walk(std::string_view(group).substr(format::kGroupHeaderBytes), header.records);
}

}  // namespace
}  // namespace seawall::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  seawall::fuzz::judge(input);
  seawall::fuzz::judge_mended(input);
  seawall::fuzz::judge_sealed(input);
  return 0;
}
