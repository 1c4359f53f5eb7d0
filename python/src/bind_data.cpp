// SPDX-License-Identifier: Apache-2.0
// Spike data: arrays of events, files of them, and binned data.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/data/events.hpp"
#include "spikegrad/data/summary.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"

namespace spikegrad::python {
namespace {

using Times = std::variant<Vector<float>, Vector<double>>;

/// Offsets as numpy has them.
std::vector<std::size_t> places(const Vector<std::int64_t>& offsets) {
  std::vector<std::size_t> begin;
  begin.reserve(offsets.size());
  for (const std::int64_t at : span_of(offsets)) {
    if (at < 0) throw UserError("offsets: must not be negative");
    begin.push_back(static_cast<std::size_t>(at));
  }
  return begin;
}

struct EventsOfPython {
  Times times;
  Vector<std::uint16_t> units;
  std::vector<std::size_t> begin;
  Vector<std::uint16_t> labels;
  std::optional<Vector<std::uint16_t>> speakers;
  std::vector<std::string> class_names;
  std::size_t channels;

  EventView view() const {
    EventView events{.channels = channels,
                     .class_names = class_names,
                     .labels = span_of(labels),
                     .begin = begin,
                     .units = span_of(units)};
    if (speakers) events.speakers = span_of(*speakers);
    std::visit([&](const auto& array) { events.times = span_of(array); }, times);
    return events;
  }
};

EventsOfPython events_of(const Times& times, const Vector<std::uint16_t>& units,
                         const Vector<std::int64_t>& offsets, const Vector<std::uint16_t>& labels,
                         const std::optional<Vector<std::uint16_t>>& speakers,
                         std::vector<std::string> class_names, std::size_t channels) {
  return {times, units, places(offsets), labels, speakers, std::move(class_names), channels};
}

}  // namespace

void bind_data(nb::module_& m) {
  nb::class_<SpikeData>(m, "SpikeData", "Labelled spike trains on one time grid.")
      .def_ro("source", &SpikeData::source)
      .def("__len__", &SpikeData::size)
      .def_ro("channels", &SpikeData::channels)
      .def_ro("class_names", &SpikeData::class_names)
      .def_prop_ro("dt", [](const SpikeData& data) { return data.time.dt; })
      .def_prop_ro("steps", [](const SpikeData& data) { return data.time.steps; })
      .def_prop_ro(
          "labels", [](const SpikeData& data) { return view_of(data.labels); },
          nb::rv_policy::reference_internal)
      .def_prop_ro(
          "begin", [](const SpikeData& data) { return view_of(data.begin); },
          nb::rv_policy::reference_internal)
      .def_prop_ro(
          "units", [](const SpikeData& data) { return view_of(data.units); },
          nb::rv_policy::reference_internal)
      .def_prop_ro("kept", [](const SpikeData& data) { return data.counts.kept; })
      .def_prop_ro("cropped", [](const SpikeData& data) { return data.counts.cropped; })
      .def_prop_ro("merged", [](const SpikeData& data) { return data.counts.merged; })
      .def_prop_ro("checksum", [](const SpikeData& data) { return fingerprint(data); });

  m.def(
      "bin_events",
      [](const Times& times, const Vector<std::uint16_t>& units, const Vector<std::int64_t>& offsets,
         const Vector<std::uint16_t>& labels, const std::optional<Vector<std::uint16_t>>& speakers,
         std::vector<std::string> class_names, std::size_t channels, double dt, std::size_t steps,
         std::size_t pool, bool binary, std::string source) {
        const EventsOfPython events =
            events_of(times, units, offsets, labels, speakers, std::move(class_names), channels);
        const nb::gil_scoped_release released;
        return bin_events(events.view(), {.dt = dt, .steps = steps, .pool = pool, .binary = binary},
                          std::move(source));
      },
      nb::arg("times"), nb::arg("units"), nb::arg("offsets"), nb::arg("labels"), nb::arg("speakers").none(),
      nb::arg("class_names"), nb::arg("channels"), nb::kw_only(), nb::arg("dt"), nb::arg("steps"),
      nb::arg("pool"), nb::arg("binary"), nb::arg("source"));

  m.def(
      "write_events",
      [](const std::string& file, const Times& times, const Vector<std::uint16_t>& units,
         const Vector<std::int64_t>& offsets, const Vector<std::uint16_t>& labels,
         const std::optional<Vector<std::uint16_t>>& speakers, std::vector<std::string> class_names,
         std::size_t channels) {
        const EventsOfPython events =
            events_of(times, units, offsets, labels, speakers, std::move(class_names), channels);
        const nb::gil_scoped_release released;
        write_events(events.view(), file);
      },
      nb::arg("file"), nb::arg("times"), nb::arg("units"), nb::arg("offsets"), nb::arg("labels"),
      nb::arg("speakers").none(), nb::arg("class_names"), nb::arg("channels"));

  nb::class_<EventArrays>(m, "EventArrays", "What a file of spike data holds.")
      .def_ro("channels", &EventArrays::channels)
      .def_ro("class_names", &EventArrays::class_names)
      .def_prop_ro(
          "labels", [](const EventArrays& e) { return view_of(e.labels); }, nb::rv_policy::reference_internal)
      .def_prop_ro(
          "speakers", [](const EventArrays& e) { return view_of(e.speakers); },
          nb::rv_policy::reference_internal)
      .def_prop_ro(
          "times", [](const EventArrays& e) { return view_of(e.times); }, nb::rv_policy::reference_internal)
      .def_prop_ro(
          "units", [](const EventArrays& e) { return view_of(e.units); }, nb::rv_policy::reference_internal)
      .def_prop_ro(
          "offsets",
          [](const EventArrays& e) {
            return to_array(std::vector<std::int64_t>(e.begin.begin(), e.begin.end()));
          },
          nb::rv_policy::reference);
  m.def(
      "read_events",
      [](const std::string& file) {
        const nb::gil_scoped_release released;
        return read_events(file);
      },
      nb::arg("file"));
  m.def(
      "find_data_files",
      [](const std::string& path) {
        const DataFiles files = find_data_files(path);
        return std::pair(files.training.string(),
                         files.test ? std::optional(files.test->string()) : std::nullopt);
      },
      nb::arg("path"));
}

}  // namespace spikegrad::python
