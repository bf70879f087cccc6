#include "state/tail.h"

#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/types.h"

namespace seawall::state {

std::string_view Tail::push(Lsn end, std::string group) {
  const std::scoped_lock lock(mutex_);
  bytes_ += group.size();
  groups_.push_back({end, std::move(group)});
  return groups_.back().bytes;
}

void Tail::trim(Lsn up_to) {
  const std::scoped_lock lock(mutex_);
  while (!groups_.empty() && groups_.front().end.value <= up_to.value + 1) {
    bytes_ -= groups_.front().bytes.size();
    groups_.pop_front();
  }
}

}  // namespace seawall::state
