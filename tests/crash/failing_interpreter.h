#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "crash/list_interpreter.h"

namespace seawall::crash {

/// How many folds are left until one finds no memory; 0: none does.
using FoldsLeft = std::shared_ptr<std::uint64_t>;

/// A `ListInterpreter` that runs out of memory when it is told to. For one thread.
class FailingInterpreter final : public ListInterpreter {
 public:
  FailingInterpreter(bool merges_in_background, FoldsLeft folds_left)
      : ListInterpreter(merges_in_background), folds_left_(std::move(folds_left)) {}

  [[nodiscard]] Result<void> fold(std::string& state, std::string_view delta) const override {
    if (*folds_left_ > 0 && --*folds_left_ == 0) throw std::bad_alloc();
    return ListInterpreter::fold(state, delta);
  }

 private:
  FoldsLeft folds_left_;
};

}  // namespace seawall::crash
