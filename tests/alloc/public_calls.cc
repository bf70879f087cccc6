#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/repair.h"
#include "seawall/types.h"

#include "alloc/explorer.h"
#include "alloc/failing_new.h"
#include "alloc/tested_log.h"
#include "alloc/world.h"
#include "crash/model.h"

namespace seawall::alloc {
namespace {

using crash::ModelOperation;
using Operations = std::vector<ModelOperation>;

std::string large(char byte) {
  return std::string(3'000, byte) + ";";
}

/// A subject of one committed call.
Subject commit(const char* name, Operations operations) {
  return {name, nullptr, [operations = std::move(operations)](World& world) {
            world.caller().commit(*world.log(), operations);
          }};
}

/// Makes a call of the library's that counts.
template <class Call>
auto counted(Call call) {
  const Exempt counts(false);
  return call();
}

void read_all(World& world) {
  const auto& place = world.place();
  auto reader = counted([&] {
    return LogReader::open(world.interpreter(), place.storage, place.name.service_name,
                           place.name.base_dir);
  });
  world.expect_refusal(reader, "reader: ");
  if (!reader) return;
  for (const char* client : {"whole", "texts", "again", "ended"}) {
    const auto state = counted([&] { return (*reader)->retrieve(client); });
    world.expect_refusal(state, "reader's retrieve: ");
    const auto exported = counted([&] { return (*reader)->export_client(client); });
    world.expect_refusal(exported, "reader's export: ");
  }
}

void dump_all(World& world) {
  const auto& place = world.place();
  const auto visit = [](const DumpedRecord&) { return true; };
  const std::function<bool(const DumpedRecord&)> visitor = visit;
  const auto dumped = counted([&] {
    return LogReader::dump(place.storage, place.name.service_name, place.name.base_dir, visitor);
  });
  world.expect_refusal(dumped, "dump: ");
}

void verify_all(World& world) {
  const auto& place = world.place();
  const auto verified = counted([&] {
    return LogReader::verify(place.storage, place.name.service_name, place.name.base_dir);
  });
  world.expect_refusal(verified, "verify: ");
  world.expect(!verified || verified->damage.empty(), "verify takes short memory for damage");
}

void repair_all(World& world) {
  const VolumeName copy = world.copy_name();
  const auto repaired =
      counted([&] { return repair(world.place().storage, world.place().name, copy); });
  world.expect_refusal(repaired, "repair: ");
  world.expect(!repaired || !repaired->is_lossy(), "repair takes short memory for damage");
}

// What returns no Result may throw.
void look(World& world) {
  try {
    static_cast<void>(world.log()->clients());
    static_cast<void>(world.log()->stats());
  } catch (const std::bad_alloc&) {
    return;
  }
}

void listen(World& world) {
  auto heard = std::make_shared<std::atomic<int>>(0);
  try {
    world.log()->on_durable([heard](Lsn, const Error*) { ++*heard; });
  } catch (const std::bad_alloc&) {
    return;
  }
  for (int i = 0; i < 3; ++i) {
    world.caller().commit(*world.log(), {apply("heard", BatchId(i), "h;")});
  }
}

void submit_some(World& world) {
  Caller& caller = world.caller();
  TestedLog& log = *world.log();
  caller.submit(log, {apply("whole", 20, "s1;")});
  caller.submit(log, {apply("gone", 20, "s2;", "q"), apply("whole", 20, "s1;"), clear("texts", 8)});
  caller.submit(log, {apply("texts", "t-1", "s3;", "p")});
  caller.wait(log);
}

void submit_many(World& world) {
  world.caller().submit_many(*world.log(),
                             {{apply("whole", 30, "m1;")},
                              {apply("new", 30, "m2;"), apply("again", "text-30", "m3;", "q")},
                              {clear("whole", 31)},
                              {apply("whole", 30, "m4;")}});
  world.caller().wait(*world.log());
}

// Fills the log's tail several times over, so that rounds and new segments come in between.
void storm(World& world) {
  Caller& caller = world.caller();
  TestedLog& log = *world.log();
  for (int i = 0; i < 24 && !caller.poisoned(); ++i) {
    const std::string client = "storm-" + std::to_string(i % 5);
    caller.commit(log, {apply(client, BatchId(i), large('s')), apply(client, i / 2, "", "p")});
    if (i % 7 == 3) caller.commit(log, {clear(client, BatchId(i), i % 2 == 0)});
    if (i % 4 == 1) caller.read(log);
    if (i % 10 == 8) caller.checkpoint(log);
  }
}

/// A client that nobody else names, for callers beside.
void write_beside(World& world, Caller& caller, const std::string& client) {
  const Exempt exempt;
  for (int i = 0; i < 12 && !caller.poisoned(); ++i) {
    caller.commit(*world.log(), {apply(client, BatchId(i), "b;"), apply(client, i / 2, "c;", "p")});
    if (i == 6) caller.commit(*world.log(), {clear(client, 99)});
  }
}

void storm_beside_writers(World& world) {
  std::vector<std::unique_ptr<Caller>> callers;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    callers.push_back(std::make_unique<Caller>(Caller::Refusals{Errc::kExhausted}));
    threads.emplace_back(
        [&world, &caller = *callers.back(), client = "beside-" + std::to_string(i)] {
          write_beside(world, caller, client);
        });
  }
  storm(world);
  for (std::thread& thread : threads) thread.join();
  for (auto& caller : callers) world.adopt(std::move(caller));
}

void close_log(World& world) {
  const auto closed = world.log()->close();
  const bool allowed =
      closed || closed.error().code == Errc::kExhausted || closed.error().code == Errc::kPoisoned;
  world.expect(allowed, "close");
  world.drop_log();
}

void close_first(World& world) {
  world.reopen();
  static_cast<void>(world.log()->close().has_value());
  world.drop_log();
}

}  // namespace

std::vector<Subject> public_calls() {
  const auto reopen = [](World& world) { world.reopen(); };
  return {
      {"open", close_first, [](World& world) { world.open(); }},
      commit("persist, a known client", {apply("whole", 40, "p1;")}),
      commit("persist, a new client", {apply("newer", "text-40", "p2;", "producer of ids")}),
      commit("persist, a large record", {apply("whole", 41, large('p'))}),
      commit("persist, a duplicate", {apply("whole", 1, "w1;")}),
      commit("persist, an ended client", {apply("ended", 40, "e;")}),
      commit("batch", {apply("whole", 1, "w1;"), apply("whole", 42, "p3;"), clear("texts", 11),
                       apply("texts", "t-1", "p4;", "p"), apply("brand-new", 1, "p5;")}),
      commit("batch of clears", {clear("whole", 12), clear("texts"), clear("again", 13, true)}),
      commit("clear", {clear("whole")}),
      commit("clear with an id", {clear("texts", "clear-1")}),
      commit("clear, ids kept", {clear("whole", 14, true)}),
      {"submit", nullptr, submit_some},
      {"submit_many", nullptr, submit_many},
      {"retrieve and seen", reopen, [](World& world) { world.caller().read(*world.log()); }},
      {"retrieve, merged before", [](World& world) { world.caller().read(*world.log()); },
       [](World& world) {
         world.caller().commit(*world.log(), {apply("whole", 50, "r;")});
         world.caller().read(*world.log());
       }},
      {"clients and stats", nullptr, look},
      {"on_durable", nullptr, listen},
      {"checkpoint", nullptr, [](World& world) { world.caller().checkpoint(*world.log()); }},
      {"close", nullptr, close_log},
      {"destruction", nullptr, [](World& world) { world.drop_log(); }},
      {"reader", nullptr, read_all},
      {"dump", nullptr, dump_all},
      {"verify", nullptr, verify_all},
      {"repair", close_first, repair_all, true},
      {"a storm", nullptr, storm},
  };
}

Subject beside_writers() {
  return {"a storm beside writers", nullptr, storm_beside_writers};
}

}  // namespace seawall::alloc
