// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/net_function.hpp"

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/estimator.hpp"

namespace spikegrad {
namespace {

/// A loss that asks for nothing: its coefficients are the signals, which come later.
Loss silent_loss(const Network& network, std::size_t output) {
  if (output >= network.populations().size())
    throw UserError("there is no population " + std::to_string(output) + " to give outputs");
  return LinearLoss{.population = output,
                    .coefficients = Grid<double>(network.steps(), network.populations()[output].size())};
}

bool takes_signals(const LearningSignal& signal) {
  return !signal.score && !signal.credit && signal.output == OutputSignal::loss &&
         signal.forcing != Forcing::always;
}

LearningSignal signal_of(const NetFunctionSettings& settings, const Objective& objective) {
  const EstimatorInfo& info = find_estimator(settings.estimator);
  std::string others;
  for (const EstimatorInfo& other : estimators())
    if (other.signal && other.refuse(objective, {}).empty() && takes_signals(other.signal({}, objective)))
      others += (others.empty() ? "" : ", ") + std::string(other.name);
  const bool fits = info.signal && info.refuse(objective, settings.estimator_settings).empty() &&
                    takes_signals(info.signal(settings.estimator_settings, objective));
  if (!fits)
    throw UserError("estimator '" + settings.estimator +
                    "' is no backward pass of a signal at the outputs; those that are: " + others);
  LearningSignal signal = info.signal(settings.estimator_settings, objective);
  signal.to_inputs = settings.to_inputs;
  return signal;
}

}  // namespace

struct NetFunction::Inside {
  Inside(Network net, std::size_t output, const NetFunctionSettings& settings)
      : network(std::move(net)),
        loss(silent_loss(network, output)),
        engine(make_engine({network, loss}, settings.engine)),
        pass(engine->prepare(signal_of(settings, engine->objective()))) {}

  /// All with the loss that asks for nothing.
  Batch with_loss(const Batch& batch) {
    samples.assign(batch.samples.begin(), batch.samples.end());
    for (Sample& sample : samples) sample.loss = &loss;
    Batch with = batch;
    with.samples = samples;
    return with;
  }

  Network network;
  Loss loss;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Pass> pass;
  std::vector<Sample> samples;
};

NetFunction::NetFunction(Network network, std::size_t output, const NetFunctionSettings& settings) {
  if (const std::string name = network.spread_connection(); !name.empty())
    throw UserError(
        "connection '" + name +
        "': its delays are spread by a Gaussian that shrinks as training goes on, of which a function of a "
        "net knows nothing: without delay_sigma they are interpolated");
  inside_ = std::make_unique<Inside>(std::move(network), output, settings);
}

NetFunction::~NetFunction() = default;

const Network& NetFunction::network() const {
  return inside_->network;
}

std::size_t NetFunction::output() const {
  return population_of(inside_->loss);
}

void NetFunction::run(const Batch& batch, std::span<const NumberSpan> outputs) {
  inside_->pass->run(inside_->with_loss(batch), {.outputs = outputs});
}

void NetFunction::forward(const Batch& batch, std::span<const NumberSpan> outputs) {
  inside_->pass->forward(inside_->with_loss(batch), {.outputs = outputs});
}

void NetFunction::backward(const Batch& batch, std::span<const NumberSpan> signals,
                           std::span<double> gradient, std::span<const NumberSpan> input_gradients) {
  if (signals.size() != batch.samples.size())
    throw UserError("there are signals of " + std::to_string(signals.size()) + " samples, of " +
                    std::to_string(batch.samples.size()));
  const std::size_t numbers = std::get<LinearLoss>(inside_->loss).coefficients.flat().size();
  for (const NumberSpan& signal : signals)
    if (const std::size_t size = std::visit([](auto span) { return span.size(); }, signal); size != numbers)
      throw UserError("a signal has " + std::to_string(size) + " numbers: must be " +
                      std::to_string(numbers) + ", one for each step and unit");
  Batch with = inside_->with_loss(batch);
  with.signals = signals;
  inside_->pass->backward(with, {.gradient = gradient, .input_gradients = input_gradients});
}

}  // namespace spikegrad
