#include "options.h"

#include <string>

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/options.h"
#include "seawall/write_ahead_log.h"

#include "error.h"

namespace nb = nanobind;

namespace seawall::python {
namespace {

/// Takes options out of a dict by name; what is left at the end is unknown.
class Taker {
 public:
  explicit Taker(const nb::dict& values) { left_.update(values); }

  template <class Number>
  void take(const char* name, Number& target) {
    if (!left_.contains(name)) return;
    const nb::object value = left_[name];
    if (PyBool_Check(value.ptr()) || !nb::try_cast(value, target)) {
      raise_invalid((std::string("the option ") + name +
                     " must be a number within its limits, not " +
                     nb::cast<std::string>(nb::repr(value)))
                        .c_str());
    }
    nb::del(left_[name]);
  }

  void finish() const {
    if (left_.size() == 0) return;
    raise_invalid(
        ("there is no option called " + nb::cast<std::string>(*left_.keys().begin())).c_str());
  }

 private:
  nb::dict left_;
};

}  // namespace

Options options_of(const nb::dict& values) {
  Options options;
  Taker taker(values);
  taker.take("record_bytes_max", options.record_bytes_max);
  taker.take("in_flight_records_max", options.in_flight_records_max);
  taker.take("in_flight_bytes_max", options.in_flight_bytes_max);
  taker.take("live_state_bytes_max", options.live_state_bytes_max);
  taker.take("checkpoint_every_records", options.checkpoint_every_records);
  taker.take("checkpoint_state_share", options.checkpoint_state_share);
  taker.take("log_bytes_max", options.log_bytes_max);
  taker.take("text_ids_kept_us", options.text_ids_kept_us);
  taker.finish();
  return options;
}

FileSystemStorageOptions storage_options_of(const nb::dict& values) {
  FileSystemStorageOptions options;
  Taker taker(values);
  taker.take("segment_bytes_min", options.segment_bytes_min);
  taker.take("segment_bytes_max", options.segment_bytes_max);
  taker.take("group_align_bytes", options.group_align_bytes);
  taker.finish();
  return options;
}

nb::dict stats_of(const LogStats& stats) {
  nb::dict figures;
  figures["appended_lsn"] = stats.appended.value;
  figures["durable_lsn"] = stats.durable.value;
  figures["clients"] = stats.clients;
  figures["live_states"] = stats.live_states;
  figures["live_state_bytes"] = stats.live_state_bytes;
  figures["tail_bytes"] = stats.tail_bytes;
  figures["checkpoint_objects"] = stats.checkpoint_objects;
  figures["checkpoint_bytes"] = stats.checkpoint_bytes;
  figures["checkpoint_live_bytes"] = stats.checkpoint_live_bytes;
  figures["checkpoint_rounds"] = stats.checkpoint_rounds;
  figures["groups"] = stats.groups;
  figures["recovered_records"] = stats.recovered_records;
  figures["recovery_us"] = stats.recovery_us;
  figures["checkpoint_error"] = stats.checkpoint_error
                                    ? nb::object(nb::cast(to_string(*stats.checkpoint_error)))
                                    : nb::none();
  figures["segments"] = stats.volume.segments;
  figures["spare_segments"] = stats.volume.spare_segments;
  figures["log_bytes"] = stats.volume.log_bytes;
  figures["object_bytes"] = stats.volume.object_bytes;
  figures["appended_bytes"] = stats.volume.appended_bytes;
  figures["written_bytes"] = stats.volume.written_bytes;
  figures["flushes"] = stats.volume.flushes;
  return figures;
}

}  // namespace seawall::python
