#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/damage_case.h"
#include "crash/finished_log.h"

namespace seawall::crash {

enum class Verdict : std::uint8_t {
  kFull,      ///< Everything acknowledged is there, and nothing else.
  kReported,  ///< Reading reports damage, `verify` too, and the place and the LSNs are right.
  kTornTail,  ///< No mark, and what is missing looks as if it had never been acknowledged.
  kSilent,
};

struct Judgement {
  Verdict verdict = Verdict::kSilent;
  std::string detail;
  Lsn lsn;  ///< Where the log ends, unless it was refused.
};

/// Judges damages of one finished log.
class DamageJudge {
 public:
  /// `has_mark`: then nothing acknowledged can look like a torn tail, unless the mark is damaged.
  DamageJudge(const FinishedLog& log, bool has_mark) : log_(log), has_mark_(has_mark) {}

  /// Reads the damaged log at `base`/log as the command does: opens it, exports every client; where
  /// that reports damage, verifies.
  [[nodiscard]] Judgement judge(const DamageCase& damage,
                                const std::shared_ptr<StorageInterface>& storage,
                                const std::string& base) const;

  /// Opens the log for writing: it must see what the reader saw. Returns what is wrong.
  [[nodiscard]] std::string open_for_writing(const std::shared_ptr<StorageInterface>& storage,
                                             const Judgement& judgement) const;

 private:
  [[nodiscard]] bool names_file(const DamageCase& damage, const Error& error) const;
  [[nodiscard]] std::string compare(LogReader& reader, std::optional<Error>& damage) const;
  [[nodiscard]] Judgement report(const DamageCase& damage, const Error& error,
                                 const std::shared_ptr<StorageInterface>& storage,
                                 const std::string& base) const;
  [[nodiscard]] std::string check_place(const DamageCase& damage, const Wounds& wounds,
                                        const Error& error) const;
  [[nodiscard]] std::string check_lsns(const DamageCase& damage, const Wounds& wounds,
                                       const std::vector<DamageReport>& reports) const;
  [[nodiscard]] std::string check_group(const LogGroup& group, bool has_mark,
                                        const std::vector<DamageReport>& reports) const;

  const FinishedLog& log_;
  bool has_mark_;
};

}  // namespace seawall::crash
