#include "engine/draft.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "seawall/error.h"
#include "seawall/types.h"

#include "format/group.h"
#include "format/record.h"

namespace seawall::engine {
namespace {

// Larger drafts are rare, and would hold their memory as long as their thread lives.
constexpr std::size_t kKeptBytesMax = std::size_t{64} << 10;
constexpr std::size_t kKeptOperationsMax = 256;

std::unique_ptr<Draft>& kept_draft() {
  thread_local std::unique_ptr<Draft> draft;
  return draft;
}

format::OperationKind kind_of(const Operation& operation) {
  if (operation.kind == Operation::Kind::kApply) return format::OperationKind::kApply;
  return operation.keep_ids ? format::OperationKind::kClearKeepIds : format::OperationKind::kClear;
}

}  // namespace

Result<void> Draft::encode(std::span<const Operation> operations, std::uint32_t interpreter_version,
                           bool text_ids_expire) {
  record_.interpreter_version = interpreter_version;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Operation& operation = operations[i];
    record_.operations.push_back({kind_of(operation), i, deltas[i]});
    // A clear's id guards the next life; it never expires.
    const bool expires =
        text_ids_expire && operation.id.is_text() && operation.kind == Operation::Kind::kApply;
    record_.keys.push_back({operation.client, operation.producer, operation.id, expires});
    names_.emplace_back(operation.client);
  }
  outcomes.reserve(operations.size());
  // Lengths, indexes and kinds take bytes too, which `Options::record_bytes_max` does not count: a
  // hundred thousand operations have a megabyte of them.
  const std::uint64_t bytes = format::record_bytes(record_);
  if (bytes > format::kRecordBytesMax) {
    return std::unexpected(Error{
        .code = Errc::kInvalidArgument,
        .message = "the record takes " + std::to_string(bytes) + " bytes, over the maximum of " +
                   std::to_string(format::kRecordBytesMax) + ": make several calls of the " +
                   std::to_string(operations.size()) + " operations"});
  }
  seal();
  return {};
}

// In place, and what is left is not longer than before: nothing is allocated.
void Draft::keep_committed() noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i] != Outcome::kCommitted) continue;
    if (kept != i) {
      record_.keys[kept] = std::move(record_.keys[i]);
      record_.operations[kept] = record_.operations[i];
      record_.operations[kept].key_index = kept;
    }
    ++kept;
  }
  const auto end = static_cast<std::ptrdiff_t>(kept);
  record_.keys.erase(record_.keys.begin() + end, record_.keys.end());
  record_.operations.erase(record_.operations.begin() + end, record_.operations.end());
  seal();
}

void Draft::seal() {
  frame_.assign(format::kFrameHeadBytes, '\0');
  format::put_record(frame_, record_);
  format::seal_frame(frame_, 0);
}

void Draft::clear() {
  deltas.clear();
  outcomes.clear();
  record_.keys.clear();
  record_.operations.clear();
  names_.clear();
}

DraftLease::DraftLease() : draft_(std::move(kept_draft())) {
  if (!draft_) draft_ = std::make_unique<Draft>();
}

DraftLease::~DraftLease() {
  if (draft_->frame_.capacity() > kKeptBytesMax || draft_->names_.size() > kKeptOperationsMax) {
    return;
  }
  draft_->clear();
  kept_draft() = std::move(draft_);
}

}  // namespace seawall::engine
