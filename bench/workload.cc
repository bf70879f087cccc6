#include "workload.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace seawall::bench {
namespace {

constexpr std::size_t kSmallBytes = 128;
constexpr std::size_t kLargeBytes = 1024;

void add(std::vector<Cell>& list, Workload workload, const std::vector<std::size_t>& threads,
         std::size_t value_bytes) {
  for (const std::size_t count : threads)
    list.push_back({.workload = workload, .threads = count, .value_bytes = value_bytes});
}

void add_async(std::vector<Cell>& list, const std::vector<std::size_t>& windows) {
  for (const std::size_t window : windows)
    list.push_back({.workload = Workload::kAsync, .in_flight = window, .value_bytes = kSmallBytes});
}

}  // namespace

std::string_view workload_name(Workload workload) {
  switch (workload) {
    case Workload::kDurablePersist:
      return "durable_persist";
    case Workload::kAsync:
      return "async";
    case Workload::kRetrieveHot:
      return "retrieve_hot";
    case Workload::kReopen:
      return "reopen";
  }
  return "";
}

// NOLINTBEGIN(readability-magic-numbers): the list is the documentation
std::vector<Cell> cells(bool quick) {
  std::vector<Cell> list;
  if (quick) {
    add(list, Workload::kDurablePersist, {1, 16, 64}, kSmallBytes);
    add_async(list, {64, 1024, 8192});
    return list;
  }
  add(list, Workload::kDurablePersist, {1, 4, 16, 64}, kSmallBytes);
  add(list, Workload::kDurablePersist, {1, 4, 16, 64}, kLargeBytes);
  add_async(list, {1, 64, 1024, 8192});
  add(list, Workload::kRetrieveHot, {1, 4}, kSmallBytes);
  add(list, Workload::kReopen, {1}, kSmallBytes);
  return list;
}
// NOLINTEND(readability-magic-numbers)

}  // namespace seawall::bench
