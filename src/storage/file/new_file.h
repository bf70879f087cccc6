#pragma once

/// \file
/// How every file comes to be: filled and flushed under a temporary name, renamed, the directory
/// flushed. A crash leaves the whole file or a temporary one that the next writer removes.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/poison.h"

namespace seawall::storage {

/// Most bytes written between two flushes of a file that is filled in the background, so that its
/// flush never delays a commit's for long.
inline constexpr std::uint64_t kPieceBytes = std::uint64_t{256} << 10;

/// A new file under its temporary name; removed again unless published.
///
/// With a `poison` every step asks it first, so that a poisoned or closed volume stops writing, and
/// sets it where the outcome of a step is unknown: a write or flush that failed for another reason
/// than a lack of space or memory, a rename that failed so, and every failed flush of the
/// directory. The error of a step that set it is `kIo`.
class NewFile {
 public:
  [[nodiscard]] static Result<std::unique_ptr<NewFile>> create(Directory& directory,
                                                               std::string_view name,
                                                               Poison* poison = nullptr);
  /// Takes over existing file `temporary`, to publish it as `name`.
  [[nodiscard]] static Result<std::unique_ptr<NewFile>> adopt(Directory& directory,
                                                              std::string_view temporary,
                                                              std::string_view name,
                                                              Poison* poison = nullptr);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  [[nodiscard]] File& file() { return *file_; }

  /// Writes `bytes` at `offset` in pieces, each flushed.
  [[nodiscard]] Result<void> write(std::uint64_t offset, std::string_view bytes);

  /// Writes zeros over [0, `bytes`) in pieces, each flushed, so that a later overwrite changes no
  /// metadata.
  [[nodiscard]] Result<void> fill_zeros(std::uint64_t bytes);

  /// Gives the flushed file its name, durably, and returns it.
  [[nodiscard]] Result<std::unique_ptr<File>> publish();

 private:
  NewFile(Directory& directory, std::string_view name, Poison* poison);

  [[nodiscard]] Result<void> allowed() const;
  /// Returns the error of a step without effect, or of one whose effect is unknown.
  [[nodiscard]] Error judge(Error error) const;
  [[nodiscard]] Error poisoned_by(Error error) const;

  Directory& directory_;
  std::string name_;
  std::string temporary_;
  Poison* poison_;
  std::unique_ptr<File> file_;
};

/// Creates file `name` holding `bytes`, durable on return.
[[nodiscard]] Result<void> create_file(Directory& directory, std::string_view name,
                                       std::string_view bytes);

}  // namespace seawall::storage
