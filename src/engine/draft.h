#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"

#include "format/record.h"
#include "state/client_table.h"

namespace seawall::engine {

/// A call on its way to a record: all that can be done before admission is locked, which is
/// formatting, hashing names, encoding and the checksum. The frame is right when every operation
/// is to be committed, as nearly always; `keep_committed` makes it so otherwise.
///
/// Borrows from the call's operations.
class Draft {
 public:
  /// Makes the draft of `operations`; `deltas` has the formatted data of each. Errors:
  /// `kInvalidArgument` when no group could hold the record.
  [[nodiscard]] Result<void> encode(std::span<const Operation> operations,
                                    std::uint32_t interpreter_version, bool text_ids_expire);

  /// Drops the operations whose outcome is not `kCommitted` from the record.
  void keep_committed() noexcept;

  [[nodiscard]] const std::string& frame() const { return frame_; }
  [[nodiscard]] const state::ClientTable::Name& name(std::size_t index) const {
    return names_[index];
  }

  std::vector<std::string> deltas;
  std::vector<Outcome> outcomes;  ///< One per operation, once decided; `encode` reserves them.

 private:
  friend class DraftLease;
  void seal();
  void clear();

  format::RecordView record_;
  std::vector<state::ClientTable::Name> names_;
  std::string frame_;
};

/// A draft whose memory the thread keeps for its next call. A call inside a call (an interpreter
/// may make one) gets its own.
class DraftLease {
 public:
  DraftLease();
  ~DraftLease();
  DraftLease(const DraftLease&) = delete;
  DraftLease& operator=(const DraftLease&) = delete;
  Draft& operator*() { return *draft_; }

 private:
  std::unique_ptr<Draft> draft_;
};

}  // namespace seawall::engine
