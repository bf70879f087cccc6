#pragma once

/// \file
/// Sessions or connections that one thread at a time may use.

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace seawall::bench {

template <class T>
class Pool {
 public:
  explicit Pool(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}

  /// Calls `use` with an object no other thread has.
  template <class Use>
  auto with(Use use) {
    std::unique_ptr<T> object = take();
    auto result = use(*object);
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(object));
    return result;
  }

  void clear() { free_.clear(); }

 private:
  std::unique_ptr<T> take() {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) return make_();
    std::unique_ptr<T> object = std::move(free_.back());
    free_.pop_back();
    return object;
  }

  std::function<std::unique_ptr<T>()> make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

}  // namespace seawall::bench
