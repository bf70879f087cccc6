#include "alloc/explorer.h"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include <unistd.h>

#include "alloc/failing_new.h"
#include "alloc/world.h"

namespace seawall::alloc {
namespace {

char current_case[200];

/// Ends the process, naming the case, when the case takes a minute: it hangs.
class Patience {
 public:
  Patience(const char* subject, const char* setting, std::uint64_t nth) {
    constexpr unsigned kSeconds = 60;
    std::snprintf(current_case, sizeof current_case, "hangs: %s (%s), time %llu\n", subject,
                  setting, static_cast<unsigned long long>(nth));
    std::signal(SIGALRM, [](int) {
      static_cast<void>(::write(STDERR_FILENO, current_case, std::strlen(current_case)));
      std::abort();
    });
    ::alarm(kSeconds);
  }
  ~Patience() { ::alarm(0); }
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;
};

}  // namespace

void Explorer::explore(const Setting& setting, const Subject& subject, std::uint64_t thorough,
                       std::uint64_t stride) {
  const Exempt exempt;
  // To replay one case: SEAWALL_ALLOC_CASE="a storm" SEAWALL_ALLOC_TIME=159
  if (const char* only = std::getenv("SEAWALL_ALLOC_CASE"); only != nullptr) {
    const char* time = std::getenv("SEAWALL_ALLOC_TIME");
    if (std::string_view(only) != subject.name || time == nullptr) return;
    run_case(setting, subject, std::stoull(time));
    return;
  }
  // Other threads of the log may take the count further than the call itself would.
  constexpr int kQuietMax = 2;
  int quiet = 0;
  const std::uint64_t wrong_before = wrong_cases_;
  for (std::uint64_t nth = 1; quiet < kQuietMax && wrong_cases_ == wrong_before;
       nth += nth < thorough ? 1 : stride) {
    quiet = run_case(setting, subject, nth) ? 0 : quiet + 1;
  }
}

bool Explorer::run_case(const Setting& setting, const Subject& subject, std::uint64_t nth) {
  const Patience patience(subject.name, setting.name, nth);
  World world(setting, interpreters_(), refusals_);
  world.fill();
  if (subject.prepare) subject.prepare(world);
  if (world.wrong().empty()) {
    fault_.begin(nth);
    try {
      subject.run(world);
    } catch (const std::exception& thrown) {
      world.expect(false, std::string("threw ") + thrown.what());
    }
  }
  const bool failed = fault_.end();
  if (world.wrong().empty()) world.finish();
  if (!world.wrong().empty()) {
    ++wrong_cases_;
    explored_.wrong += std::string(subject.name) + " (" + setting.name + "), time " +
                       std::to_string(nth) + ": " + world.wrong() + "\n";
  }
  if (failed) ++explored_.cases;
  if (world.was_poisoned()) ++explored_.poisoned;
  explored_.refused += world.caller().refused();
  return failed;
}

}  // namespace seawall::alloc
