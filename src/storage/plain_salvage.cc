// What a storage offers that knows no way past damage: its plain scan, no new beginning, and no
// place for a repair.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/storage_interface.h"

namespace seawall {
namespace {

class PlainSalvage final : public SalvageScan {
 public:
  explicit PlainSalvage(std::unique_ptr<GroupScan> scan) : scan_(std::move(scan)) {}
  [[nodiscard]] Result<std::optional<ScannedGroup>> next() override { return scan_->next(); }
  [[nodiscard]] ChainEnd chain_end() const override { return scan_->chain_end(); }
  [[nodiscard]] std::uint64_t torn_bytes() const override { return scan_->torn_bytes(); }
  [[nodiscard]] const std::vector<LogGap>& gaps() const override { return gaps_; }

 private:
  std::unique_ptr<GroupScan> scan_;
  std::vector<LogGap> gaps_;
};

}  // namespace

Result<std::unique_ptr<SalvageScan>> VolumeReader::salvage() {
  auto plain = scan();
  if (!plain) return std::unexpected(std::move(plain.error()));
  return std::make_unique<PlainSalvage>(std::move(*plain));
}

Result<void> StorageVolume::restart(const ChainEnd& /*end*/, const ManifestUpdate& /*update*/) {
  return std::unexpected(
      Error{.code = Errc::kInvalidArgument, .message = "this storage cannot begin a log anew"});
}

Result<std::unique_ptr<StorageVolume>> StorageInterface::create(const VolumeName& /*name*/,
                                                                std::string_view /*bytes*/) {
  return std::unexpected(Error{.code = Errc::kInvalidArgument,
                               .message = "this storage cannot create a log for a repair"});
}

}  // namespace seawall
