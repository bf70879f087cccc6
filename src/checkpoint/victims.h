#pragma once

/// \file
/// Which objects a round rewrites. Tried over thousands of rounds by victims_test.cc: what is
/// written in all stays below four times what was handed in, and there are about as many objects as
/// half the target goes into what is live.

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace seawall::checkpoint {

/// An object's size and how much of it still counts.
struct ObjectSize {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  std::uint64_t live_bytes = 0;
};

/// How much a round writes. Rewriting needs space before it gives any back, so that a round for
/// which there was none is tried again with less:
///
///   everything  ->  what changed, rewriting nothing  ->  only what says that lives are over
///
/// and after a round that was done with more, step by step. What is left out stays for the next
/// round; a round that leaves out what changed does not trim the log.
class RoundLimits {
 public:
  /// Most live bytes of wasteful objects, less than half of which counts, that are rewritten.
  [[nodiscard]] std::uint64_t wasteful_bytes_max() const { return wasteful_bytes_max_; }
  /// The same of small objects. 64 MiB: well under a second of a disk's time.
  [[nodiscard]] std::uint64_t small_bytes_max() const { return is_whole() ? kSmallBytesMax : 0; }
  /// Whether every client that changed is written, and not only those whose life is over.
  [[nodiscard]] bool takes_lives() const { return takes_lives_; }

  [[nodiscard]] bool is_whole() const { return takes_lives_ && wasteful_bytes_max_ == kNoLimit; }

  /// After a round without space. Returns false when there is no less than that.
  [[nodiscard]] bool shrink();
  /// After a round that was done.
  void grow();

 private:
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::uint64_t kSmallBytesMax = std::uint64_t{64} << 20;
  static constexpr std::uint64_t kLeastBytes = std::uint64_t{1} << 20;

  std::uint64_t wasteful_bytes_max_ = kNoLimit;
  bool takes_lives_ = true;
};

/// Returns the numbers of the objects to rewrite, ascending:
///
/// - Dead objects, whose removal costs nothing.
/// - Wasteful objects: less than half live. Rewriting them frees more than it writes.
/// - Small objects, once eight of them are of the same class, so that `open` reads few. The classes
///   are powers of eight: what is folded becomes an object of a higher class, so that no byte is
///   folded more than a few times. Objects of half the target (4 MiB) or more are never folded:
///   with a target that grows with the number of objects, every byte would be written again and
///   again.
[[nodiscard]] std::vector<std::uint64_t> choose_victims(std::span<const ObjectSize> objects,
                                                        const RoundLimits& limits);

}  // namespace seawall::checkpoint
