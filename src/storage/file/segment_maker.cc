#include "storage/file/segment_maker.h"

#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "seawall/error.h"

#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/new_file.h"
#include "storage/file/segment.h"

namespace seawall::storage {

Result<std::shared_ptr<File>> make_segment(Directory& directory, const SegmentOrder& order) {
  const std::string name = segment_name(order.info.number);
  Result<std::unique_ptr<NewFile>> file =
      order.recycled.empty() ? NewFile::create(directory, name, order.poison)
                             : NewFile::adopt(directory, order.recycled, name, order.poison);
  if (!file) return std::unexpected(std::move(file.error()));
  if (order.recycled.empty()) {
    if (Result<void> filled = (*file)->fill_zeros(order.info.bytes); !filled) {
      return std::unexpected(std::move(filled.error()));
    }
  }
  const std::string identity = encode_identity(order.log_id, order.info, !order.recycled.empty());
  if (Result<void> written = (*file)->write(0, identity); !written) {
    return std::unexpected(std::move(written.error()));
  }
  Result<std::unique_ptr<File>> published = (*file)->publish();
  if (!published) return std::unexpected(std::move(published.error()));
  return std::shared_ptr<File>(std::move(*published));
}

}  // namespace seawall::storage
