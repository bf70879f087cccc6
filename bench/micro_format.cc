/// \file
/// What a record costs before it is under the commit mutex, and when it is read again.

#include <cstddef>
#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include "base/checksum.h"
#include "format/group.h"
#include "format/record.h"

namespace seawall::bench {
namespace {

constexpr std::uint64_t kId = 123'456;

format::RecordView record_of(const std::string& delta) {
  return {1, {{"client-001234", "", kId, false}}, {{format::OperationKind::kApply, 0, delta}}};
}

void encode_frame(benchmark::State& state) {
  const std::string delta(static_cast<std::size_t>(state.range(0)), 'x');
  const format::RecordView record = record_of(delta);
  std::string frame;
  for (auto _ : state) {
    frame.assign(format::kFrameHeadBytes, '\0');
    format::put_record(frame, record);
    format::seal_frame(frame, 0);
    benchmark::DoNotOptimize(frame.data());
  }
}
BENCHMARK(encode_frame)->Arg(128)->Arg(1024);

void decode_record(benchmark::State& state) {
  const std::string delta(static_cast<std::size_t>(state.range(0)), 'x');
  std::string payload;
  format::put_record(payload, record_of(delta));
  format::RecordView record;
  for (auto _ : state) benchmark::DoNotOptimize(format::decode_record(payload, record).has_value());
}
BENCHMARK(decode_record)->Arg(128)->Arg(1024);

void checksum(benchmark::State& state) {
  const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(base::crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum)->Arg(8)->Arg(160)->Arg(1 << 20);

}  // namespace
}  // namespace seawall::bench
