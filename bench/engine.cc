#include "engine.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include <fmt/core.h>

namespace seawall::bench {
namespace {

class BatchPipeline final : public Pipeline {
 public:
  BatchPipeline(Engine& engine, std::size_t in_flight) : engine_(engine), in_flight_(in_flight) {}

  std::size_t push(const Write& write) override {
    batch_.push_back(write);
    return batch_.size() < in_flight_ ? 0 : drain();
  }

  std::size_t drain() override {
    if (batch_.empty()) return 0;
    engine_.write_batch(batch_);
    const std::size_t durable = batch_.size();
    batch_.clear();
    return durable;
  }

 private:
  Engine& engine_;
  std::size_t in_flight_;
  std::vector<Write> batch_;
};

}  // namespace

std::unique_ptr<Pipeline> Engine::pipeline(std::size_t in_flight) {
  return std::make_unique<BatchPipeline>(*this, in_flight);
}

void fail(std::string_view what) {
  fmt::print(stderr, "seawall_bench: {}\n", what);
  std::_Exit(EXIT_FAILURE);
}

}  // namespace seawall::bench
