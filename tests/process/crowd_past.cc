#include "process/crowd_past.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/types.h"

#include "crash/model.h"
#include "process/crowd_plan.h"
#include "process/crowd_view.h"

namespace seawall::process {
namespace {

void apply(crash::Model& model, const Transaction& transaction) {
  for (const crash::ModelOperation& operation : transaction) model.apply(operation);
}

}  // namespace

std::optional<std::size_t> CrowdPast::match(const ShownClients& shown,
                                            const std::vector<Transaction>& transactions,
                                            std::size_t least, std::size_t most) const {
  crash::Model model = model_;
  most = std::min(most, transactions.size());
  for (std::size_t done = 0;; ++done) {
    if (done >= least && difference(shown, model).empty()) return done;
    if (done == most) return std::nullopt;
    apply(model, transactions[done]);
  }
}

void CrowdPast::add_lines(std::vector<Line>& lines, crash::Model& model,
                          const Transaction& transaction) {
  for (const crash::ModelOperation& operation : transaction) {
    const std::string_view outcome = outcome_name(model.apply(operation));
    lines.push_back({operation.client, "  " + std::string(outcome) + ": " + to_string(operation)});
  }
}

void CrowdPast::advance(const std::vector<Transaction>& transactions, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) add_lines(history_, model_, transactions.at(i));
}

std::string CrowdPast::explain(const ShownClients& shown,
                               const std::vector<Transaction>& transactions, std::size_t least,
                               std::size_t most) const {
  crash::Model model = model_;
  std::set<std::string> differing;
  std::string text;
  most = std::min(most, transactions.size());
  for (std::size_t done = 0; done <= most; ++done) {
    if (done >= least) {
      const std::string different = difference(shown, model);
      differing.insert(different.substr(0, different.find(' ')));
      text += "after " + std::to_string(done) + " of this life's: " + different + "\n";
    }
    if (done < most) apply(model, transactions[done]);
  }
  return text + history_of(differing, transactions, least, most);
}

std::string CrowdPast::history_of(const std::set<std::string>& clients,
                                  const std::vector<Transaction>& transactions, std::size_t least,
                                  std::size_t most) const {
  std::vector<Line> lines = history_;
  crash::Model model = model_;
  for (std::size_t i = 0; i < most; ++i) {
    if (i == 0 && least > 0) lines.push_back({"", "acknowledged in this life:"});
    if (i == least) lines.push_back({"", "perhaps, in this order:"});
    add_lines(lines, model, transactions[i]);
  }
  std::string text;
  for (const Line& line : lines) {
    if (line.client.empty() || clients.contains(line.client)) text += line.text + "\n";
  }
  return text;
}

}  // namespace seawall::process
