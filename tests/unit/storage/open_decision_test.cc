// Every input of the decision, against the promise in words.

#include "storage/file/open_decision.h"

#include <gtest/gtest.h>

namespace seawall::storage {
namespace {

constexpr ManifestFinding kManifests[] = {ManifestFinding::kNone, ManifestFinding::kSound,
                                          ManifestFinding::kDamaged, ManifestFinding::kUnsupported};
constexpr MarkFinding kMarks[] = {MarkFinding::kNone, MarkFinding::kSound, MarkFinding::kAhead,
                                  MarkFinding::kUnsupported};

template <class Visit>
void for_all_evidence(Visit visit) {
  for (const ManifestFinding manifest : kManifests) {
    for (const MarkFinding mark : kMarks) {
      for (int flags = 0; flags < 8; ++flags) {
        const OpenEvidence evidence{.manifest = manifest,
                                    .mark = mark,
                                    .log_files = (flags & 1) != 0,
                                    .newer_files = (flags & 4) != 0,
                                    .foreign_files = (flags & 2) != 0};
        visit(evidence, decide_open(evidence));
      }
    }
  }
}

TEST(OpenDecision, ALogIsCreatedOnlyWhereNothingSpeaksOfOne) {
  for_all_evidence([](const OpenEvidence& evidence, OpenVerdict verdict) {
    const bool nothing = evidence.manifest == ManifestFinding::kNone &&
                         evidence.mark == MarkFinding::kNone && !evidence.log_files &&
                         !evidence.foreign_files;
    EXPECT_EQ(verdict == OpenVerdict::kNoLog, nothing);
  });
}

TEST(OpenDecision, ALogIsReadOnlyFromTheNewestSoundManifest) {
  for_all_evidence([](const OpenEvidence& evidence, OpenVerdict verdict) {
    const bool sound =
        evidence.manifest == ManifestFinding::kSound &&
        (evidence.mark == MarkFinding::kNone || evidence.mark == MarkFinding::kSound) &&
        !evidence.newer_files;
    EXPECT_EQ(verdict == OpenVerdict::kLog, sound);
  });
}

TEST(OpenDecision, TheRestIsNamed) {
  for_all_evidence([](const OpenEvidence& evidence, OpenVerdict verdict) {
    const bool no_manifest = evidence.manifest == ManifestFinding::kNone;
    EXPECT_EQ(verdict == OpenVerdict::kManifestDamaged,
              evidence.manifest == ManifestFinding::kDamaged);
    EXPECT_EQ(verdict == OpenVerdict::kNewestMissing,
              evidence.manifest == ManifestFinding::kSound &&
                  evidence.mark != MarkFinding::kUnsupported &&
                  (evidence.mark == MarkFinding::kAhead || evidence.newer_files));
    EXPECT_EQ(verdict == OpenVerdict::kUnsupported,
              evidence.manifest == ManifestFinding::kUnsupported ||
                  (evidence.mark == MarkFinding::kUnsupported &&
                   evidence.manifest != ManifestFinding::kDamaged));
    EXPECT_EQ(verdict == OpenVerdict::kManifestMissing,
              no_manifest && evidence.mark != MarkFinding::kUnsupported &&
                  (evidence.log_files || evidence.mark != MarkFinding::kNone));
    EXPECT_EQ(verdict == OpenVerdict::kForeign, no_manifest &&
                                                    evidence.mark == MarkFinding::kNone &&
                                                    !evidence.log_files && evidence.foreign_files);
  });
}

}  // namespace
}  // namespace seawall::storage
