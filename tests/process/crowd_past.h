#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crash/model.h"
#include "process/crowd_plan.h"
#include "process/crowd_view.h"

namespace seawall::process {

/// What is known of one writer's clients before a life, and what that life may have made of it:
/// everything acknowledged, and of the rest a beginning. Transactions take effect in order.
class CrowdPast {
 public:
  explicit CrowdPast(crash::ModelRule rule = crash::apply_once) : model_(rule) {}

  [[nodiscard]] const crash::Model& model() const { return model_; }

  /// Returns whether what is shown is the model after `least` to `most` of `transactions`: after
  /// how many, or nothing.
  [[nodiscard]] std::optional<std::size_t> match(const ShownClients& shown,
                                                 const std::vector<Transaction>& transactions,
                                                 std::size_t least, std::size_t most) const;

  /// Takes the first `count` of `transactions` as done.
  void advance(const std::vector<Transaction>& transactions, std::size_t count);

  /// Notes a line in the history.
  void note(std::string line) { history_.push_back({"", std::move(line)}); }

  /// Says why nothing matches: the difference after each number of transactions, and what was done
  /// to the clients that differ.
  [[nodiscard]] std::string explain(const ShownClients& shown,
                                    const std::vector<Transaction>& transactions, std::size_t least,
                                    std::size_t most) const;

 private:
  struct Line {
    std::string client;  ///< Empty: it concerns all.
    std::string text;
  };

  static void add_lines(std::vector<Line>& lines, crash::Model& model,
                        const Transaction& transaction);

  [[nodiscard]] std::string history_of(const std::set<std::string>& clients,
                                       const std::vector<Transaction>& transactions,
                                       std::size_t least, std::size_t most) const;

  crash::Model model_;
  std::vector<Line> history_;
};

}  // namespace seawall::process
