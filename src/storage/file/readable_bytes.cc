#include "storage/file/readable_bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "seawall/error.h"

#include "storage/file/file_system.h"

namespace seawall::storage {
namespace {

/// A window of 1 MiB reaches one sector in four steps.
constexpr std::uint64_t kPieces = 8;

/// Returns the end of the piece that begins at `offset`: pieces lie on multiples of their size.
std::uint64_t piece_end(std::uint64_t offset, std::uint64_t piece_bytes) {
  return (offset / piece_bytes + 1) * piece_bytes;
}

}  // namespace

void UnreadableRanges::add(std::uint64_t begin, std::uint64_t end, const Error& cause) {
  if (!ranges_.empty() && ranges_.back().end == begin) {
    ranges_.back().end = end;
    return;
  }
  ranges_.push_back({.begin = begin, .end = end, .cause = cause});
}

std::optional<Error> UnreadableRanges::find(std::uint64_t offset, std::uint64_t length) const {
  const auto found = std::ranges::upper_bound(ranges_, offset, {}, &Range::end);
  if (found == ranges_.end() || found->begin >= offset + length) return std::nullopt;
  Error cause = found->cause;
  cause.offset = std::max(offset, found->begin);
  return cause;
}

Result<void> read_readable(const File& file, std::uint64_t offset, std::uint64_t length,
                           std::string& bytes, UnreadableRanges& unreadable) {
  const std::size_t before = bytes.size();
  Result<void> read = file.read_onto(offset, length, bytes);
  if (read || read.error().code != Errc::kCorrupt) return read;
  bytes.resize(before);
  if (offset / kSectorBytes == (offset + length - 1) / kSectorBytes) {
    bytes.append(length, '\0');
    unreadable.add(offset, offset + length, read.error());
    return {};
  }
  const std::uint64_t pieces_bytes = (length + kPieces - 1) / kPieces;
  const std::uint64_t piece_bytes = (pieces_bytes + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
  for (std::uint64_t at = offset; at < offset + length;) {
    const std::uint64_t end = std::min(offset + length, piece_end(at, piece_bytes));
    if (Result<void> part = read_readable(file, at, end - at, bytes, unreadable); !part)
      return part;
    // The end of the file.
    if (bytes.size() - before < end - offset) return {};
    at = end;
  }
  return {};
}

}  // namespace seawall::storage
