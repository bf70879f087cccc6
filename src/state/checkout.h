#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"

#include "format/checkpoint.h"
#include "state/body_loader.h"
#include "state/client.h"
#include "state/client_table.h"

namespace seawall::state {

/// One client taken out for work on its state outside the shard's mutex. While it lives the client
/// is `busy`: nobody else merges it, no round moves its checkpoint or trims the deltas seen here.
/// The client may meanwhile get new deltas, or be cleared.
///
/// A caller's thread calls `detach` before it merges: an interpreter may take its time, and rounds
/// must not wait for it, or the log could not be trimmed and other clients' commits would stall.
class Checkout {
 public:
  /// Which of the client's deltas a checkout copies.
  enum class Deltas : std::uint8_t {
    kAll,
    kUnmerged,  ///< Those that the live state lacks; all when there is none.
  };

  /// Waits until the client is not busy, then takes it. `lock` holds `shard`'s mutex and is
  /// released. Exceptions: `bad_alloc`, before anything is taken.
  Checkout(ClientTable::Shard& shard, NamedClient& client, std::unique_lock<std::mutex>& lock,
           Deltas deltas = Deltas::kAll);
  Checkout(const Checkout&) = delete;
  Checkout& operator=(const Checkout&) = delete;
  /// Puts the live state back, unless the client was cleared meanwhile or a round has moved on
  /// beyond it.
  ~Checkout();

  /// Waits until the client is not busy. `lock` holds `shard`'s mutex, also on return.
  static void wait_idle(ClientTable::Shard& shard, NamedClient& client,
                        std::unique_lock<std::mutex>& lock);

  /// Waits until nobody merges the client either, so as not to merge twice.
  static void wait_merged(ClientTable::Shard& shard, NamedClient& client,
                          std::unique_lock<std::mutex>& lock);

  /// Takes copies of all that `merge` needs and lets rounds have the client: it is `merging` from
  /// here on, not `busy`. Errors: what the loader returned.
  [[nodiscard]] Result<void> detach(BodyLoader& loader);

  [[nodiscard]] std::string_view name() const { return client_.name(); }
  [[nodiscard]] bool exists() const { return exists_; }
  [[nodiscard]] Lsn last() const { return last_; }
  [[nodiscard]] Lsn incarnation() const { return incarnation_; }
  [[nodiscard]] const std::vector<Delta>& deltas() const { return deltas_; }
  [[nodiscard]] const format::BodyPlace& body() const { return body_; }
  [[nodiscard]] const format::BodyPlace& base() const { return base_; }
  /// The live state as it was taken; null when there was none.
  [[nodiscard]] std::unique_ptr<Live>& live() { return live_; }

  /// Brings `live` up to `last()` and its serialized bytes with it. Errors: what the loader or the
  /// interpreter returned, or what the interpreter threw. After an error there is no live state: it
  /// is made again from the checkpoint and the deltas, so that nothing depends on what an
  /// interpreter leaves behind when it fails.
  [[nodiscard]] Result<void> merge(const StateInterpreterInterface& interpreter,
                                   BodyLoader& loader);

 private:
  Result<void> merge_deltas(Live& live) const;
  Result<std::unique_ptr<Live>> load(const StateInterpreterInterface& interpreter,
                                     BodyLoader& loader);
  void own_deltas();
  void copy_deltas_locked(Deltas deltas);
  void put_back_locked();

  ClientTable::Shard& shard_;
  NamedClient& client_;
  bool exists_;
  bool detached_ = false;
  Lsn last_;
  Lsn incarnation_;
  format::BodyPlace body_;
  format::BodyPlace base_;
  std::vector<Delta> deltas_;
  std::string delta_bytes_;            ///< What `deltas_` point into, once detached.
  std::optional<StoredState> stored_;  ///< What `body_` and `base_` name, once detached.
  std::unique_ptr<Live> live_;
};

}  // namespace seawall::state
