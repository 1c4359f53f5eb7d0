// SPDX-License-Identifier: Apache-2.0
// A net as a function, for layers of PyTorch: batches in dense arrays or as events, outputs and gradients in arrays.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "engine_kind.hpp"
#include "network.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/engine/spike_lists.hpp"
#include "spikegrad/estimator/net_function.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad::python {
namespace {

template <class T>
using Batch3 = nb::ndarray<const T, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

/// Numbers [batch, step, unit], or binned data.
using Given = std::variant<Batch3<float>, Batch3<double>, const SpikeData*>;

/// One input population's values in all samples, as the engines take them: events where all are 0 or 1.
class Values {
 public:
  Values(std::size_t steps, std::size_t size) : steps_(steps), size_(size) {}

  template <class T>
  void take(const T* values, std::size_t samples, unsigned threads) {
    spikes_.resize(samples);
    std::vector<std::uint8_t> all(samples);
    parallel_for(samples, threads, [&](std::size_t s) {
      all[s] = list_spikes(std::span(values + s * steps_ * size_, steps_ * size_), size_, spikes_[s]);
    });
    if (std::all_of(all.begin(), all.end(), [](std::uint8_t yes) { return yes != 0; })) return;
    dense_.assign(values, values + samples * steps_ * size_);
    for (const double v : dense_)
      if (!std::isfinite(v)) throw UserError("the input must be finite");
  }
  void take(const SpikeData& data) { data_ = &data; }

  SampleInput of(std::size_t s) const {
    if (data_) return EventList{data_->steps(s), data_->units};
    if (dense_.empty()) return spikes_[s].view();
    return DenseValues{std::span(dense_).subspan(s * steps_ * size_, steps_ * size_)};
  }

 private:
  std::size_t steps_, size_;
  std::vector<SpikeLists> spikes_;
  std::vector<double> dense_;
  const SpikeData* data_ = nullptr;
};

/// A batch's inputs, kept from the forward to the backward pass.
struct LayerInputs {
  std::vector<nb::object> kept;  ///< whose memory is looked at
  std::size_t samples = 0;
  std::vector<Values> values;       ///< of each input population
  std::vector<std::size_t> sizes;   ///< of these
  std::vector<SampleInput> inputs;  ///< [samples, input populations]
};

std::string shape_text(std::size_t samples, std::size_t steps, std::size_t size) {
  return "[" + std::to_string(samples) + ", " + std::to_string(steps) + ", " + std::to_string(size) + "]";
}

LayerInputs layer_inputs(const Network& network, const std::vector<Given>& given, unsigned threads) {
  LayerInputs out;
  std::vector<std::size_t> populations;
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    if (output_of(network.populations()[p].unit) == UnitOutput::given) populations.push_back(p);
  if (populations.size() != given.size())
    throw UserError("the net has " + std::to_string(populations.size()) +
                    " input populations, but there are " + std::to_string(given.size()) + " inputs");
  const auto samples_of = [](const auto& one) {
    if constexpr (std::is_pointer_v<std::decay_t<decltype(one)>>)
      return one->size();
    else
      return one.shape(0);
  };
  for (std::size_t k = 0; k < given.size(); ++k) {
    const Population& population = network.populations()[populations[k]];
    const std::size_t steps = network.steps(), size = population.size();
    out.sizes.push_back(size);
    Values& values = out.values.emplace_back(steps, size);
    const std::size_t samples = std::visit(samples_of, given[k]);
    if (k > 0 && samples != out.samples)
      throw UserError("the inputs have " + std::to_string(out.samples) + " and " + std::to_string(samples) +
                      " samples: must be as many");
    out.samples = samples;
    std::visit(
        [&]<class G>(const G& one) {
          if constexpr (std::is_pointer_v<G>) {
            out.kept.push_back(nb::find(one));
            if (one->time.steps != steps || one->channels > size)
              throw UserError("the events of '" + population.name + "' are not binned for this net");
            values.take(*one);
          } else {
            if (one.shape(1) != steps || one.shape(2) != size)
              throw UserError("the input of '" + population.name + "' must have shape " +
                              shape_text(samples, steps, size) + ", not " +
                              shape_text(samples, one.shape(1), one.shape(2)));
            const nb::gil_scoped_release released;
            values.take(one.data(), samples, threads);
          }
        },
        given[k]);
  }
  for (std::size_t s = 0; s < out.samples; ++s)
    for (const Values& values : out.values) out.inputs.push_back(values.of(s));
  return out;
}

/// A function and its lock: several threads may call it, one after the other.
struct LayerFunction {
  LayerFunction(const Network& network, std::size_t output, const NetFunctionSettings& settings)
      : function(network, output, settings), threads(settings.engine.threads) {}

  NetFunction function;
  unsigned threads;
  std::mutex mutex;
};

/// A batch over a function; keeps what it refers to.
struct LayerBatch {
  LayerBatch(const LayerFunction& f, const Vector<double>& parameters, const LayerInputs& inputs,
             std::uint64_t seed, bool dropout) {
    const std::size_t each = inputs.values.size();
    samples.resize(inputs.samples);
    for (std::size_t s = 0; s < inputs.samples; ++s) {
      samples[s].inputs = std::span(inputs.inputs).subspan(s * each, each);
      samples[s].sample = static_cast<std::uint32_t>(s);
    }
    if (parameters.size() != f.function.network().parameter_count())
      throw UserError("parameters: must be " + std::to_string(f.function.network().parameter_count()) +
                      " numbers, not " + std::to_string(parameters.size()));
    batch = {.parameters = span_of(parameters), .samples = samples, .seed = seed, .dropout = dropout};
  }
  std::vector<Sample> samples;
  Batch batch;
};

/// An array [samples, steps, size] of the class, and a span of each sample.
template <class T>
nb::object new_array(std::size_t samples, std::size_t steps, std::size_t size, std::vector<NumberSpan>& spans,
                     std::size_t first, std::size_t stride) {
  auto array = to_array(std::vector<T>(samples * steps * size), {samples, steps, size});
  for (std::size_t s = 0; s < samples; ++s)
    spans[first + s * stride] = std::span<T>(array.data() + s * steps * size, steps * size);
  return nb::cast(array);
}

nb::object new_array(bool doubles, std::size_t samples, std::size_t steps, std::size_t size,
                     std::vector<NumberSpan>& spans, std::size_t first = 0, std::size_t stride = 1) {
  return doubles ? new_array<double>(samples, steps, size, spans, first, stride)
                 : new_array<float>(samples, steps, size, spans, first, stride);
}

nb::object forward(LayerFunction& f, const Vector<double>& parameters, const LayerInputs& inputs,
                   std::uint64_t seed, bool dropout, bool doubles, bool keep) {
  const LayerBatch batch(f, parameters, inputs, seed, dropout);
  const Network& network = f.function.network();
  std::vector<NumberSpan> spans(inputs.samples);
  nb::object outputs = new_array(doubles, inputs.samples, network.steps(),
                                 network.populations()[f.function.output()].size(), spans);
  const nb::gil_scoped_release released;
  const std::lock_guard lock(f.mutex);
  if (keep)
    f.function.forward(batch.batch, spans);
  else
    f.function.run(batch.batch, spans);
  return outputs;
}

using Signals = std::variant<Batch3<float>, Batch3<double>>;

nb::tuple backward(LayerFunction& f, const Vector<double>& parameters, const LayerInputs& inputs,
                   std::uint64_t seed, bool dropout, const Signals& signals,
                   const std::vector<bool>& wanted) {
  const LayerBatch batch(f, parameters, inputs, seed, dropout);
  const std::size_t steps = f.function.network().steps(), each = inputs.values.size();
  if (wanted.size() != each) throw UserError("there must be a choice for each input population");
  std::vector<NumberSpan> spans(inputs.samples);
  const bool doubles = std::holds_alternative<Batch3<double>>(signals);
  std::visit(
      [&](const auto& array) {
        if (array.shape(0) != inputs.samples) throw UserError("the signals are of another batch");
        using T = std::remove_const_t<std::remove_pointer_t<decltype(array.data())>>;
        const std::size_t size = array.shape(1) * array.shape(2);
        // NumberSpan is for both ways; this one is only read.
        for (std::size_t s = 0; s < inputs.samples; ++s)
          spans[s] = std::span<T>(const_cast<T*>(array.data()) + s * size, size);
      },
      signals);
  const bool any = std::find(wanted.begin(), wanted.end(), true) != wanted.end();
  std::vector<NumberSpan> input_spans(any ? inputs.samples * each : 0);
  nb::list of_inputs;
  for (std::size_t k = 0; k < each; ++k)
    of_inputs.append(wanted[k]
                         ? new_array(doubles, inputs.samples, steps, inputs.sizes[k], input_spans, k, each)
                         : nb::none());
  std::vector<double> gradient(f.function.network().parameter_count(), 0.0);
  {
    const nb::gil_scoped_release released;
    const std::lock_guard lock(f.mutex);
    f.function.backward(batch.batch, spans, gradient, input_spans);
  }
  return nb::make_tuple(to_array(std::move(gradient)), of_inputs);
}

template <class Source>
LayerFunction* make_function(const Source& source, std::size_t output, const std::string& estimator,
                             const std::string& engine, unsigned threads, bool to_inputs) {
  return new LayerFunction(
      source.network, output,
      NetFunctionSettings{
          .estimator = estimator, .engine = {engine_kind(engine), threads}, .to_inputs = to_inputs});
}

}  // namespace

void bind_layer(nb::module_& m) {
  nb::class_<LayerInputs>(m, "LayerInputs", "A batch's inputs, kept from the forward to the backward pass.");
  nb::class_<LayerFunction>(m, "LayerFunction", "A net as a function of its parameters and inputs.")
      .def_static("of_net", &make_function<Net>, nb::arg("net"), nb::arg("output"), nb::arg("estimator"),
                  nb::arg("engine"), nb::arg("threads"), nb::arg("to_inputs"), nb::rv_policy::take_ownership)
      .def_static("of_model", &make_function<Model>, nb::arg("model"), nb::arg("output"),
                  nb::arg("estimator"), nb::arg("engine"), nb::arg("threads"), nb::arg("to_inputs"),
                  nb::rv_policy::take_ownership)
      .def(
          "inputs",
          [](const LayerFunction& f, const std::vector<Given>& given) {
            return layer_inputs(f.function.network(), given, f.threads);
          },
          nb::arg("given"),
          nb::sig(
              "def inputs(self, given: Sequence[NDArray[numpy.float32] | NDArray[numpy.float64] | SpikeData]) "
              "-> LayerInputs"))
      .def(
          "forward", &forward, nb::arg("parameters"), nb::arg("inputs"), nb::arg("seed"), nb::arg("dropout"),
          nb::arg("doubles"), nb::arg("keep"),
          nb::sig(
              "def forward(self, parameters: NDArray[numpy.float64], inputs: LayerInputs, seed: int, "
              "dropout: bool, doubles: bool, keep: bool) -> NDArray[numpy.float32] | NDArray[numpy.float64]"))
      .def("backward", &backward, nb::arg("parameters"), nb::arg("inputs"), nb::arg("seed"),
           nb::arg("dropout"), nb::arg("signals"), nb::arg("wanted"),
           nb::sig("def backward(self, parameters: NDArray[numpy.float64], inputs: LayerInputs, seed: int, "
                   "dropout: bool, signals: NDArray[numpy.float32] | NDArray[numpy.float64], "
                   "wanted: Sequence[bool]) -> tuple[NDArray[numpy.float64], list[object]]"));
}

}  // namespace spikegrad::python
