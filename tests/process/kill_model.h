#pragma once

/// \file
/// What a writer that is killed again and again was told to do, what it acknowledged, and what a
/// reader found afterwards.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "seawall/log_reader.h"
#include "seawall/types.h"

namespace seawall::process {

/// One call on the log: a persist, or a batch when it names several clients. Its number makes its
/// id, its producer and its data, so that a client's state tells which calls were applied, how
/// often and in which order.
struct Call {
  std::vector<std::string> clients;
  bool acked = false;
  bool found = false;            ///< A reader saw it.
  std::uint64_t commit_lsn = 0;  ///< Of the acknowledgement `committed`; 0 when there was none.
};

/// A client whose life is being ended.
struct Clear {
  bool acked = false;
};

[[nodiscard]] BatchId id_of(std::size_t call);
[[nodiscard]] std::string producer_of(std::size_t call);
[[nodiscard]] std::string data_of(std::size_t call);

class KillModel {
 public:
  /// Compares `view` with what was sent and acknowledged; takes over what it shows. Returns the
  /// first difference, or nothing.
  [[nodiscard]] std::string check(LogReader& view);

  /// Takes an acknowledgement over; returns what is wrong with it. `deliveries` tells how often
  /// this life was told to make the call.
  [[nodiscard]] std::string take_ack(std::size_t call, Outcome outcome, Lsn lsn,
                                     std::size_t deliveries);

  std::map<std::size_t, Call> calls;  ///< By number, of clients whose life goes on.
  std::map<std::string, Clear> clears;
  std::map<std::string, std::string> states;  ///< As the last view showed them.

 private:
  [[nodiscard]] std::string check_client(const ClientExport& client);
  [[nodiscard]] std::string check_calls();

  std::map<std::size_t, std::size_t> items_found_;  ///< By call, of the view being checked.
};

}  // namespace seawall::process
