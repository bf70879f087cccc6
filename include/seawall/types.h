#pragma once

/// \file
/// The nouns of the public API. All byte strings (client ids, producers, data, state) are
/// `std::string_view` or `std::string` and may hold any bytes.

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

namespace seawall {

/// Longest client id, producer or string id, in bytes. A client id has at least 1.
inline constexpr std::size_t kNameBytesMax = 4096;

/// Log sequence number: the dense number of a record in its log, from 1. 0 is before the first.
struct Lsn {
  std::uint64_t value = 0;
  friend auto operator<=>(const Lsn&, const Lsn&) = default;
};

/// Fencing token: raised by every writer that opens the log; storage refuses older ones.
struct Epoch {
  std::uint64_t value = 0;
  friend auto operator<=>(const Epoch&, const Epoch&) = default;
};

/// The caller's identifier of a message: an integer 0..2^63-1 or a string of 1 to 4,096 bytes. A
/// string that is a canonical decimal integer ("5", not "05") is that integer. Integers are
/// remembered in ranges, so prefer them. Conversions are implicit so that a call reads like the
/// message it handles.
class BatchId {
 public:
  /// No id. Refused by `persist`; a `clear` without id is never deduplicated.
  BatchId() = default;
  template <std::integral Integer>
  BatchId(Integer value)  // NOLINT(google-explicit-constructor): ids read as literals
      : kind_(std::cmp_less(value, 0) || std::cmp_greater(value, INT64_MAX) ? Kind::kInvalid
                                                                            : Kind::kInteger),
        integer_(static_cast<std::uint64_t>(value)) {}
  BatchId(std::string_view text);  // NOLINT(google-explicit-constructor): ids read as literals
  BatchId(const char* text)        // NOLINT(google-explicit-constructor): ids read as literals
      : BatchId(std::string_view(text)) {}
  BatchId(const std::string& text)  // NOLINT(google-explicit-constructor): ids read as literals
      : BatchId(std::string_view(text)) {}
  BatchId(bool) = delete;

  [[nodiscard]] bool is_none() const { return kind_ == Kind::kNone; }
  [[nodiscard]] bool is_integer() const { return kind_ == Kind::kInteger; }
  [[nodiscard]] bool is_text() const { return kind_ == Kind::kText; }
  /// True for an integer outside 0..2^63-1 or a string that is empty or over 4,096 bytes.
  [[nodiscard]] bool is_invalid() const { return kind_ == Kind::kInvalid; }
  /// The integer; meaningful when `is_integer()`.
  [[nodiscard]] std::uint64_t integer() const { return integer_; }
  /// The string; meaningful when `is_text()`.
  [[nodiscard]] const std::string& text() const { return text_; }

  friend auto operator<=>(const BatchId&, const BatchId&) = default;

 private:
  enum class Kind : std::uint8_t { kNone, kInteger, kText, kInvalid };
  Kind kind_ = Kind::kNone;
  std::uint64_t integer_ = 0;
  std::string text_;
};

/// What became of a call. Every outcome is a success: acknowledge the message.
enum class Outcome : std::uint8_t {
  kCommitted,  ///< Applied, now, once.
  kDuplicate,  ///< Applied earlier; nothing was written.
  kCleared,    ///< The client was ended with `keep_ids`; nothing was written.
};

/// Returns "committed", "duplicate" or "cleared".
[[nodiscard]] std::string_view outcome_name(Outcome outcome);

/// A submitted call: its outcome once everything up to `lsn` is durable, and not before.
struct Ticket {
  Outcome outcome = Outcome::kCommitted;
  Lsn lsn;
};

/// Proof of durability: everything up to `lsn` is durable, the record that first carried the id
/// included.
struct Receipt {
  Outcome outcome = Outcome::kCommitted;
  Lsn lsn;
};

/// One step of a batch. Views are borrowed until the call returns.
struct Operation {
  enum class Kind : std::uint8_t { kApply, kClear };
  Kind kind = Kind::kApply;
  std::string_view client;
  BatchId id;                 ///< Required for kApply; optional for kClear.
  std::string_view producer;  ///< Who numbered `id`; empty is a producer like any other.
  std::string_view data;      ///< kApply: the caller's data, not yet formatted.
  bool keep_ids = false;      ///< kClear: end the client for good.
};

/// A submitted batch: one outcome per operation, all of which hold once everything up to `lsn` is
/// durable, and not before.
struct BatchTicket {
  Lsn lsn;
  std::vector<Outcome> outcomes;
};

/// What came of several transactions submitted together: the first `accepted` of them hold once
/// everything up to `lsn` is durable, and not before.
struct ManyTicket {
  std::size_t accepted = 0;
  std::size_t committed = 0;     ///< Operations with this outcome, of those accepted.
  std::size_t duplicate = 0;     ///< As `committed`.
  std::size_t cleared = 0;       ///< As `committed`.
  Lsn lsn;                       ///< 0, always durable, when none was accepted.
  std::optional<Error> refusal;  ///< Why the next was refused; it and those after it are not begun.
};

/// What a batch did: one outcome per operation, all durable at `lsn`.
struct BatchReceipt {
  Lsn lsn;
  std::vector<Outcome> outcomes;
};

/// Inclusive range of integer ids.
struct IdRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  friend auto operator<=>(const IdRange&, const IdRange&) = default;
};

/// The ids of one producer that a client's current life has seen, sorted.
struct ProducerIds {
  std::string producer;
  std::vector<IdRange> integers;
  std::vector<std::string> texts;
};

}  // namespace seawall
