// SPDX-License-Identifier: Apache-2.0
// Trials of one input, with what every population does in them.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <variant>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "engine_kind.hpp"
#include "network.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/measure/recording.hpp"
#include "spikegrad/model/model.hpp"
#include "supervisor.hpp"

namespace spikegrad::python {
namespace {

/// The model's own, numbers [step, unit], or the first sample of binned data.
using GivenInput =
    std::variant<nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>, const SpikeData*>;

std::vector<SampleInput> inputs_of(const Network& network,
                                   const std::vector<std::optional<GivenInput>>& given, const Input* own) {
  std::vector<SampleInput> inputs;
  std::size_t k = 0;
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    if (output_of(population.unit) != UnitOutput::given) continue;
    const std::optional<GivenInput> one = k < given.size() ? given[k] : std::nullopt;
    ++k;
    if (!one) {
      if (!own || own->values[p].empty())
        throw UserError("population '" + population.name +
                        "': has no input of its own, so events or values are needed");
      inputs.emplace_back(DenseValues{own->values[p].flat()});
    } else if (const auto* values = std::get_if<0>(&*one)) {
      if (values->shape(0) != network.steps() || values->shape(1) != population.size())
        throw UserError("the input of population '" + population.name + "' must have shape [" +
                        std::to_string(network.steps()) + ", " + std::to_string(population.size()) +
                        "], not [" + std::to_string(values->shape(0)) + ", " +
                        std::to_string(values->shape(1)) + "]");
      inputs.emplace_back(DenseValues{std::span(values->data(), values->size())});
    } else {
      const SpikeData& data = *std::get<1>(*one);
      inputs.emplace_back(EventList{data.steps(0), data.units});
    }
  }
  return inputs;
}

using Request = std::pair<std::size_t, std::string>;

Quantity quantity_of(const std::string& name) {
  constexpr auto names = names_of(Quantity{});
  for (std::size_t q = 0; q < names.size(); ++q)
    if (names[q] == name) return static_cast<Quantity>(q);
  throw UserError("record: '" + name + "'" + suggestion(name, names));
}

/// run(recorded, settings, progress) does the trials.
template <class Run>
nb::list record_all(const Network& network, const std::vector<Request>& requests,
                    const RecordingSettings& settings, nb::object on_progress, const Run& run) {
  std::vector<Recorded> recorded;
  nb::list arrays;
  for (const auto& [population, name] : requests) {
    if (population >= network.populations().size()) throw UserError("record: there is no such population");
    const std::vector<std::size_t> shape{settings.trials, network.steps(),
                                         network.populations()[population].size()};
    auto array = to_array(std::vector<float>(shape[0] * shape[1] * shape[2]), shape);
    recorded.push_back({population, quantity_of(name), std::span(array.data(), array.size())});
    arrays.append(nb::cast(array));
  }
  Supervisor supervisor(std::move(on_progress));
  supervisor.run([&] {
    supervisor.start("trials", settings.trials);
    run(recorded, supervisor);
  });
  return arrays;
}

RecordingSettings settings_of(const std::string& engine, unsigned threads, std::size_t trials,
                              std::uint64_t seed) {
  return {.engine = {engine_kind(engine), threads}, .trials = trials, .seed = seed};
}

}  // namespace

void bind_recording(nb::module_& m) {
  const auto sig = [](const char* what) {
    return "def record(" + std::string(what) +
           ", inputs: Sequence[NDArray[numpy.float64] | SpikeData | None], requests: Sequence[tuple[int, str]], *, "
           "engine: str, threads: int, trials: int, seed: int, progress: object | None) -> ";
  };
  static const std::string of_net = sig("net: Net") + "list[NDArray[numpy.float32]]";
  static const std::string of_model =
      sig("model: Model") + "tuple[list[NDArray[numpy.float32]], NDArray[numpy.float64]]";
  m.def(
      "record",
      [](const Net& net, const std::vector<std::optional<GivenInput>>& given,
         const std::vector<Request>& requests, const std::string& engine, unsigned threads,
         std::size_t trials, std::uint64_t seed, nb::object progress) {
        const RecordingSettings settings = settings_of(engine, threads, trials, seed);
        const auto inputs = inputs_of(net.network, given, nullptr);
        return record_all(net.network, requests, settings, std::move(progress),
                          [&](const std::vector<Recorded>& recorded, Progress& p) {
                            record(net.network, net.parameters, inputs, recorded, settings, p);
                          });
      },
      nb::arg("net"), nb::arg("inputs"), nb::arg("requests"), nb::kw_only(), nb::arg("engine"),
      nb::arg("threads"), nb::arg("trials"), nb::arg("seed"), nb::arg("progress").none(),
      nb::sig(of_net.c_str()));
  m.def(
      "record",
      [](const Model& model, const std::vector<std::optional<GivenInput>>& given,
         const std::vector<Request>& requests, const std::string& engine, unsigned threads,
         std::size_t trials, std::uint64_t seed, nb::object progress) {
        const RecordingSettings settings = settings_of(engine, threads, trials, seed);
        const auto inputs = inputs_of(model.network, given, &model.input);
        std::vector<SampleOutcome> outcomes(trials);
        nb::list arrays =
            record_all(model.network, requests, settings, std::move(progress),
                       [&](const std::vector<Recorded>& recorded, Progress& p) {
                         record(model.objective(), model.parameters, inputs, recorded, settings, outcomes, p);
                       });
        std::vector<double> losses;
        for (const SampleOutcome& outcome : outcomes) losses.push_back(outcome.total());
        return nb::make_tuple(arrays, to_array(std::move(losses)));
      },
      nb::arg("model"), nb::arg("inputs"), nb::arg("requests"), nb::kw_only(), nb::arg("engine"),
      nb::arg("threads"), nb::arg("trials"), nb::arg("seed"), nb::arg("progress").none(),
      nb::sig(of_model.c_str()));
}

}  // namespace spikegrad::python
