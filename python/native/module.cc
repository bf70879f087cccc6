// seawall._native: the engine as Python sees it. Private: users import seawall.

#include <memory>
#include <string>

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "seawall/file_system_storage.h"
#include "seawall/memory_storage.h"
#include "seawall/version.h"

#include "interpreter.h"
#include "log.h"
#include "options.h"
#include "plain_json.h"

namespace nb = nanobind;

namespace seawall::python {
namespace {

void bind_storages(nb::module_& module) {
  nb::class_<Storage>(module, "Storage", "A storage of the engine; opaque.");
  module.def(
      "file_system_storage",
      [](const nb::dict& options) {
        return Storage{std::make_shared<FileSystemStorage>(storage_options_of(options))};
      },
      nb::arg("options"), "Returns a storage of one directory per log.");
  module.def(
      "memory_storage", [] { return Storage{std::make_shared<MemoryStorage>()}; },
      "Returns a storage that lives as long as itself.");
}

void bind_log(nb::module_& module) {
  using nb::arg;
  nb::class_<Log>(module, "Log", "A log; seawall.WriteAheadLog documents its methods.")
      .def(nb::init<const Interpreter&, const Storage&, const std::string&, const std::string&,
                    const nb::dict&>(),
           arg("interpreter"), arg("storage"), arg("service_name"), arg("base_dir"), arg("options"))
      .def("persist", &Log::persist, arg("client").none(), arg("data").none(), arg("id").none(),
           arg("producer").none())
      .def("submit", &Log::submit, arg("client").none(), arg("data").none(), arg("id").none(),
           arg("producer").none())
      .def("clear", &Log::clear, arg("client").none(), arg("keep_ids"), arg("id").none(),
           arg("producer").none())
      .def("persist_many", &Log::persist_many, arg("items"))
      .def("batch", &Log::batch, arg("items"))
      .def("submit_batch", &Log::submit_batch, arg("items"))
      .def("submit_many", &Log::submit_many, arg("messages"))
      .def("retrieve", &Log::retrieve, arg("client").none())
      .def("seen", &Log::seen, arg("client").none(), arg("id").none(), arg("producer").none())
      .def("clients", &Log::clients)
      .def("stats", &Log::stats)
      .def("checkpoint", &Log::checkpoint)
      .def("close", &Log::close)
      .def("closed", &Log::closed)
      .def("wait", &Log::wait, arg("lsn"), arg("timeout_s").none())
      .def("durable_lsn", &Log::durable_lsn)
      .def("submitted_lsn", &Log::submitted_lsn)
      .def("wait_after", &Log::wait_after, arg("lsn"))
      .def("ended", &Log::ended)
      .def("check_health", &Log::check_health)
      .def("add_wakeup", &Log::add_wakeup, arg("event_fd"))
      .def("remove_wakeup", &Log::remove_wakeup, arg("event_fd"))
      .def("arm", &Log::arm, arg("event_fd"));
}

}  // namespace
}  // namespace seawall::python

NB_MODULE(_native, module) {
  // A module may hold an open log, and an interpreter that refers back to the module, to the end of
  // the process: that is fine, and its close is the package's to see to.
  nb::set_leak_warnings(false);
  module.doc() = "The engine of seawall; private.";
  module.attr("library_version") =
      nb::str(seawall::kLibraryVersion.data(), seawall::kLibraryVersion.size());
  seawall::python::bind_interpreters(module);
  seawall::python::bind_storages(module);
  seawall::python::bind_plain_json(module);
  seawall::python::bind_log(module);
}
