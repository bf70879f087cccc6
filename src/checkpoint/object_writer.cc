#include "checkpoint/object_writer.h"

#include <exception>
#include <string>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "checkpoint/object_table.h"
#include "format/checkpoint.h"
#include "format/manifest.h"

namespace seawall::checkpoint {

ObjectWriter::~ObjectWriter() {
  if (fate_ == Fate::kPublished || names_.empty()) return;
  for (const Written& object : written_) table_.remove(object.number);
  if (fate_ == Fate::kLeft) return;
  try {
    volume_.remove(names_);
  } catch (const std::exception&) {
    // Short of memory, say. What stays is found and removed when the log is next opened.
    return;
  }
}

format::CheckpointBuilder& ObjectWriter::builder() {
  if (!builder_) builder_.emplace(volume_.log_id(), table_.next_number());
  return *builder_;
}

Result<void> ObjectWriter::end_entry() {
  if (builder_->bytes() < kObjectBytesTarget) return {};
  return write();
}

Result<void> ObjectWriter::finish() {
  if (builder_ && builder_->entries() > 0) {
    if (auto written = write(); !written) return written;
  }
  for (const Written& object : written_) table_.add(object.number, object.bytes, object.footer);
  return {};
}

Result<void> ObjectWriter::write() {
  Written object{.number = builder_->object(), .bytes = 0, .footer = {}};
  const std::string bytes = builder_->finish(object.footer);
  builder_.reset();
  object.bytes = bytes.size();
  const std::string& name = names_.emplace_back(format::checkpoint_name(object.number));
  written_.push_back(object);
  // Before the object exists: if it cannot be written, its number is not used again either.
  table_.take_number();
  if (auto put = volume_.put(name, bytes); !put) return put;
  return {};
}

}  // namespace seawall::checkpoint
