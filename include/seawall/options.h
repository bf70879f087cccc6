#pragma once

/// \file
/// The options of a log. The defaults suit a consumer with up to a million clients.

#include <cstddef>
#include <cstdint>

namespace seawall {

/// What to do with a log that is damaged (docs/operations.md).
enum class DamagePolicy : std::uint8_t {
  kRefuse,      ///< `open` fails with `kCorrupt` until the log is repaired.
  kQuarantine,  ///< Clients proven whole go on; calls on all others fail with `kCorrupt`.
};

/// Options of `WriteAheadLog::open`. None changes the bytes already written.
struct Options {
  /// Largest record, in bytes of formatted data and keys of one call. Default 16 MiB: a message
  /// broker's usual limit. At most 1 GiB.
  std::size_t record_bytes_max = std::size_t{16} << 20;

  /// Most records submitted and not yet durable; `submit` then returns `kBusy`. Default 65,536.
  std::size_t in_flight_records_max = 65'536;

  /// Most bytes submitted and not yet durable; `submit` then returns `kBusy`. A single record is
  /// always admitted. Default 64 MiB: a quarter second of a fast disk.
  std::size_t in_flight_bytes_max = std::size_t{64} << 20;

  /// Memory for live states, in bytes; colder ones are dropped and loaded again on use. One
  /// state is always allowed, however large. Default 256 MiB.
  std::size_t live_state_bytes_max = std::size_t{256} << 20;

  /// A client is due for a checkpoint after this many records since its last one. Default 3, as
  /// the original design has it. A round starts once the records of due clients make up a quarter
  /// of `log_bytes_max`, or all records half of it, and takes in every client that changed.
  std::uint32_t checkpoint_every_records = 3;

  /// ... and once those records' bytes reach this share of the state's size, so that a large state
  /// is not rewritten for a few small deltas. 0 starts a round as soon as one client has
  /// `checkpoint_every_records`. Default 0.5.
  double checkpoint_state_share = 0.5;

  /// How long string ids are remembered, in microseconds between the commits of the original and of
  /// a redelivery. Default 0: until the client is cleared. What it gives up: a message that comes
  /// again after that time is applied again, so set it far above the longest time a broker may hold
  /// a message back. Steps of the wall clock do not shorten it: time counts while the log is open,
  /// by a clock that never jumps. An open adds the time since the last commit as far as the wall
  /// clock and the machine's uptime both prove it, but at most half of this option, so that a log
  /// moved to a machine whose clock is wrong remembers ids for the other half. Integer ids, ids of
  /// clears, and ids persisted while it was 0 stay for ever. An expired id's memory is given back
  /// when the client is next checkpointed.
  std::uint64_t text_ids_kept_us = 0;

  /// Largest log after the last checkpoint, in bytes; bounds memory and the time of `open`.
  /// Default 16 MiB.
  std::size_t log_bytes_max = std::size_t{16} << 20;

  /// What to do with damage. `kQuarantine` is durable: the log is rewritten without its damaged
  /// files, so copy it first, and is then refused under `kRefuse` until it is repaired or every
  /// quarantined client is cleared. Every open reads all checkpoints then. Default `kRefuse`.
  DamagePolicy damage_policy = DamagePolicy::kRefuse;
};

}  // namespace seawall
