#include "known_interpreters.h"

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/merges.h"
#include "seawall/storage_interface.h"

#include "flights_interpreter.h"

namespace seawall::cli {

Interpreter flights_interpreter() {
  return std::make_shared<flights::FlightsInterpreter>();
}

Interpreter known_interpreter(std::string_view id) {
  for (Interpreter interpreter :
       {Interpreter(std::make_shared<ConsumerStateInterpreter>()), flights_interpreter()}) {
    if (interpreter->id() == id) return interpreter;
  }
  return merges::interpreter_of(id);
}

Result<Interpreter> interpreter_of(const std::shared_ptr<StorageInterface>& storage,
                                   const VolumeName& name) {
  const Result<std::string> id =
      LogReader::interpreter_id(storage, name.service_name, name.base_dir);
  if (!id) return std::unexpected(id.error());
  return known_interpreter(*id);
}

}  // namespace seawall::cli
