// SPDX-License-Identifier: Apache-2.0
// Pages of runs and results, and the findings of the study.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "engine_kind.hpp"
#include "spikegrad/front/page.hpp"
#include "spikegrad/front/reproduction.hpp"
#include "supervisor.hpp"

namespace nb = nanobind;

namespace spikegrad::python {
namespace {

std::optional<std::filesystem::path> path_of(const std::optional<std::string>& text) {
  return text ? std::optional<std::filesystem::path>(*text) : std::nullopt;
}

}  // namespace

void bind_study(nb::module_& m) {
  m.def(
      "write_page",
      [](const std::vector<std::string>& folders, const std::string& file,
         const std::optional<std::string>& data, std::vector<std::string> units, std::size_t trials,
         std::optional<std::uint64_t> seed, const std::string& engine, unsigned threads, std::string command,
         nb::object progress) {
        std::vector<std::string> missing;
        PageSettings settings{.view = {.data = path_of(data),
                                       .engine = {engine_kind(engine), threads},
                                       .seed = seed,
                                       .trials = trials},
                              .units = std::move(units),
                              .command = std::move(command)};
        settings.on_view = [&](const RunView& run) {
          if (!run.missing.empty()) missing.push_back(run.name + " is not judged: " + run.missing);
        };
        Supervisor supervisor(std::move(progress));
        supervisor.run([&] { write_page({folders.begin(), folders.end()}, file, settings, supervisor); });
        return missing;
      },
      nb::arg("folders"), nb::arg("file"), nb::kw_only(), nb::arg("data").none(), nb::arg("units"),
      nb::arg("trials"), nb::arg("seed").none(), nb::arg("engine"), nb::arg("threads"), nb::arg("command"),
      nb::arg("progress").none());
  m.def(
      "reproduce",
      [](std::vector<std::string> only, const std::string& folder, bool full, std::uint64_t seed,
         unsigned threads, const std::optional<std::string>& target, const std::optional<std::string>& data,
         std::string command, const nb::object& on_result, nb::object progress) {
        Supervisor supervisor(std::move(progress));
        ReproductionSettings settings{.findings = {.full = full,
                                                   .seed = seed,
                                                   .threads = threads,
                                                   .target = path_of(target),
                                                   .data = path_of(data)},
                                      .only = std::move(only),
                                      .folder = folder,
                                      .command = std::move(command)};
        settings.on_result = [&](const FindingResult& result) {
          if (!on_result.is_none()) supervisor.call([&] { on_result(result.id, result.title); });
        };
        supervisor.run([&] { reproduce(settings, supervisor); });
      },
      nb::arg("only"), nb::kw_only(), nb::arg("folder"), nb::arg("full"), nb::arg("seed"), nb::arg("threads"),
      nb::arg("target").none(), nb::arg("data").none(), nb::arg("command"), nb::arg("on_result").none(),
      nb::arg("progress").none());
}

}  // namespace spikegrad::python
