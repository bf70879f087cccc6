// What a first program looks like; exits with 0 when it reads back what it persisted.
#include <iostream>
#include <memory>

#include <seawall/consumer_state_interpreter.h>
#include <seawall/file_system_storage.h>
#include <seawall/write_ahead_log.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto wal = seawall::WriteAheadLog::open(std::make_shared<seawall::ConsumerStateInterpreter>(),
                                          std::make_shared<seawall::FileSystemStorage>(),
                                          "my_service", argv[1]);
  if (!wal) return std::cerr << seawall::to_string(wal.error()) << "\n", 1;
  const auto receipt = (*wal)->persist("client123", R"({"value": "some data"})", "5");
  if (!receipt) return std::cerr << seawall::to_string(receipt.error()) << "\n", 1;
  const auto state = (*wal)->retrieve("client123");
  return state && *state && (*wal)->close() ? 0 : 1;
}
