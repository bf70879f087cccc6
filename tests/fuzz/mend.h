#pragma once

#include <string>

#include "storage/file/simulated_file_system.h"

namespace seawall::fuzz {

/// Makes every checksum of file `name` in `directory` hold again, whatever was written into it, and
/// those of other files that repeat them: whoever writes hostile files can write checksums. A
/// length that leads out of the file is left as it is.
void mend(storage::SimulatedFileSystem& machine, const std::string& directory,
          const std::string& name);

}  // namespace seawall::fuzz
