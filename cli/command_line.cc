#include "command_line.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "seawall/version.h"

#include "exit_code.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  seawall persist app/orders --client c1 --id 7 --data '{"total": 5}'
  seawall persist app/orders --input messages.jsonl
  seawall get app/orders c1
  seawall clear app/orders c1 --keep-ids
  seawall clients app/orders
  seawall export app/orders > backup.jsonl
  seawall stat app/orders -o json
  seawall dump app/orders --client c1 --from 100
  seawall verify app/orders --strict
  seawall repair app/orders --out app/orders-repaired
  seawall demo --seed 1 --kills 20

Exit codes: 0 ok; 1 usage, bad input, a foreign directory, an unfinished repair or other; 2 no
such log or client; 3 torn tail (verify --strict); 4 damage, a sector that cannot be read
included; 5 locked by another process; 6 written by a newer format; 7 I/O error, no space, no
descriptors or memory left, or a failed commit; 128 + n ended by signal n after the current group
(130 SIGINT, 143 SIGTERM), 141 stdout was closed.)";

constexpr const char* kInputHelp =
    R"(JSON lines, - for stdin: {"client":"c","id":7,"producer":"p","data":{...}}; producer is )"
    R"(optional, id an integer or a string, client_b64 and producer_b64 are for other bytes)";

constexpr std::size_t kInFlightDefault = 256;
constexpr std::size_t kInFlightMax = 1'000'000;
constexpr unsigned kDemoKillsDefault = 20;
constexpr unsigned kDemoKillsMax = 1000;

using Verb = ExitCode (*)(const Arguments&);

// The command line under construction: options write into `arguments`, the chosen verb sets `run`.
struct Parser {
  CLI::App app{"Durable, idempotent state per client."};
  Arguments arguments;
  Verb run = nullptr;

  CLI::App* verb(const char* name, const char* help, const char* example, Verb action);
  CLI::App* log_verb(const char* name, const char* help, const char* example, Verb action);
  void add_output(CLI::App* sub);
  void add_quarantine(CLI::App* sub);
  void add_producer(CLI::App* sub);
  void add_client_b64(CLI::App* sub, CLI::Option* client);
};

CLI::App* Parser::verb(const char* name, const char* help, const char* example, Verb action) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->footer(std::string("Example:\n  ") + example);
  sub->callback([this, action] { run = action; });
  return sub;
}

CLI::App* Parser::log_verb(const char* name, const char* help, const char* example, Verb action) {
  CLI::App* sub = verb(name, help, example, action);
  sub->add_option("DIR", arguments.dir, "The log's directory, base_dir/service_name")->required();
  return sub;
}

void Parser::add_output(CLI::App* sub) {
  const auto choose = [this](const std::string& format) { arguments.json = format == "json"; };
  sub->add_option_function<std::string>("-o,--output", choose, "text (the default) or json")
      ->check(CLI::IsMember({"text", "json"}));
}

void Parser::add_quarantine(CLI::App* sub) {
  sub->add_flag("--quarantine", arguments.quarantine,
                "With a damaged log, go on with the clients that are proven whole");
}

void Parser::add_producer(CLI::App* sub) {
  CLI::Option* text = sub->add_option("--producer", arguments.producer.text, "Who numbered the id");
  sub->add_option("--producer-b64", arguments.producer.base64, "The same in base64")
      ->excludes(text);
}

void Parser::add_client_b64(CLI::App* sub, CLI::Option* client) {
  sub->add_option("--client-b64", arguments.client.base64, "The client in base64")
      ->excludes(client);
}

void add_persist(Parser& parser) {
  CLI::App* sub = parser.log_verb(
      "persist", "Merge data into clients' states, durably and once per id",
      "seawall persist app/orders --client c1 --id 7 --data '{\"total\": 5}'", run_persist);
  Arguments& arguments = parser.arguments;
  CLI::Option* input = sub->add_option("--input", arguments.input, kInputHelp);
  CLI::Option* client = sub->add_option("--client", arguments.client.text, "The client");
  parser.add_client_b64(sub, client);
  sub->add_option("--id", arguments.id, "The message's id, an integer or a string");
  sub->add_option("--data", arguments.data, "A JSON object, or what --merge takes")
      ->excludes(input);
  sub->add_option("--merge", arguments.merge, "How a new log merges, e.g. 'map(sum)'");
  parser.add_producer(sub);
  sub->add_option("--in-flight", arguments.in_flight, "Most records not yet durable")
      ->default_val(kInFlightDefault)
      ->check(CLI::Range(std::size_t{1}, kInFlightMax));
  sub->add_flag("--wait-space", arguments.wait_space, "Wait for space on a full disk");
  parser.add_quarantine(sub);
  parser.add_output(sub);
}

void add_client_verbs(Parser& parser) {
  Arguments& arguments = parser.arguments;
  CLI::App* get = parser.log_verb("get", "Print a client's merged state as JSON",
                                  "seawall get app/orders c1", run_get);
  parser.add_client_b64(get, get->add_option("CLIENT", arguments.client.text, "The client"));
  parser.add_quarantine(get);
  parser.add_output(get);
  CLI::App* clear = parser.log_verb("clear", "Forget a client's state and ids, durably",
                                    "seawall clear app/orders c1 --id done-7", run_clear);
  parser.add_client_b64(clear, clear->add_option("CLIENT", arguments.client.text, "The client"));
  clear->add_flag("--keep-ids", arguments.keep_ids, "End the client: ignore late redeliveries");
  clear->add_option("--id", arguments.id, "Clear once for this id");
  parser.add_producer(clear);
  parser.add_quarantine(clear);
  parser.add_output(clear);
}

void add_read_verbs(Parser& parser) {
  Arguments& arguments = parser.arguments;
  CLI::App* clients = parser.log_verb("clients", "List the clients, sorted",
                                      "seawall clients app/orders", run_clients);
  clients->add_flag("--ended", arguments.ended, "Also those cleared with --keep-ids");
  parser.add_quarantine(clients);
  parser.add_output(clients);
  CLI::App* exported =
      parser.log_verb("export", "Print a JSON line per client, sorted: state and ids",
                      "seawall export app/orders > backup.jsonl", run_export);
  parser.add_quarantine(exported);
  parser.add_output(exported);
  parser.add_output(
      parser.log_verb("stat", "Print figures", "seawall stat app/orders -o json", run_stat));
  CLI::App* dump = parser.log_verb("dump", "Print the log's records",
                                   "seawall dump app/orders --client c1 --from 100", run_dump);
  CLI::Option* client = dump->add_option("--client", arguments.client.text, "This client's only");
  parser.add_client_b64(dump, client);
  dump->add_option("--from", arguments.from_lsn, "First LSN")->default_val(0);
  dump->add_option("--to", arguments.to_lsn, "Last LSN")->default_val(UINT64_MAX);
  parser.add_output(dump);
  CLI::App* verify = parser.log_verb("verify", "Read and check every byte",
                                     "seawall verify app/orders --strict", run_verify);
  verify->add_flag("--strict", arguments.strict, "Exit 3 on a torn tail");
  parser.add_output(verify);
  CLI::App* repair = parser.log_verb(
      "repair", "Copy what is sound into a new log; exit 4 when a client is not proven whole",
      "seawall repair app/orders --out app/orders-repaired", run_repair);
  repair->add_option("--out", arguments.out, "The new log's directory, missing or empty")
      ->required();
  repair->add_flag("--admit-unknown", arguments.admit_unknown,
                   "Your word that clients the log knows nothing of lost nothing");
  parser.add_output(repair);
}

void add_demo(Parser& parser) {
  Arguments& arguments = parser.arguments;
  CLI::App* demo = parser.verb(
      "demo", "Count 20,000 flights exactly while the consumer is killed again and again",
      "seawall demo --seed 1 --kills 20", run_demo);
  demo->add_option("--data", arguments.demo_csv, "The flights, CSV");
  demo->add_option("--dir", arguments.demo_dir, "The log's directory; default a temporary one");
  demo->add_option("--seed", arguments.demo_seed, "Repeats a run's deliveries and kills");
  demo->add_option("--kills", arguments.demo_kills, "How often to kill -9 the consumer")
      ->default_val(kDemoKillsDefault)
      ->check(CLI::Range(0U, kDemoKillsMax));
  parser
      .log_verb("demo-consumer", "The process that `demo` kills", "seawall demo", run_demo_consumer)
      ->group("");
}

}  // namespace

ExitCode run_command_line(int argc, char** argv) {
  Parser parser;
  parser.app.require_subcommand(1);
  parser.app.set_version_flag("--version", "seawall " + std::string(kLibraryVersion) + " (format " +
                                               std::to_string(kFormatVersion) + ")");
  parser.app.footer(kFooter);
  add_persist(parser);
  add_client_verbs(parser);
  add_read_verbs(parser);
  add_demo(parser);
  try {
    parser.app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return parser.app.exit(end) == 0 ? ExitCode::kOk : ExitCode::kUsage;
  }
  return parser.run(parser.arguments);
}

}  // namespace seawall::cli
