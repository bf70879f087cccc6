// Persist before you acknowledge; the same message again changes nothing.
//   quickstart [BASE_DIR]

#include <expected>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

namespace {

seawall::Result<void> run(const std::string& base_dir) {
  auto storage = std::make_shared<seawall::FileSystemStorage>();
  auto state_interpreter = std::make_shared<seawall::ConsumerStateInterpreter>();
  auto wal = seawall::WriteAheadLog::open(state_interpreter, storage, "my_service", base_dir);
  if (!wal) return std::unexpected(wal.error());

  const std::string client_id = "client123";
  const std::string data = R"({"batch": 5, "timestamp": "1621234567", "value": "some data"})";
  const std::string batch_id = "5";  // batch id or any external identifier
  const auto receipt = (*wal)->persist(client_id, data, batch_id);
  if (!receipt) return std::unexpected(receipt.error());
  // Durable now: acknowledge the message here.

  const auto retrieved_data = (*wal)->retrieve(client_id);
  if (!retrieved_data) return std::unexpected(retrieved_data.error());
  std::cout << retrieved_data->value_or("nothing") << "\n";

  if (const auto cleared = (*wal)->clear(client_id); !cleared) {
    return std::unexpected(cleared.error());
  }
  return (*wal)->close();
}

}  // namespace

int main(int argc, char** argv) {
  const seawall::Result<void> done = run(argc > 1 ? argv[1] : "/app/persistence");
  if (done) return 0;
  std::cerr << "quickstart: " << seawall::to_string(done.error()) << "\n";
  return 1;
}
