// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/shapes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/network/initialiser.hpp"

namespace spikegrad {
namespace {

constexpr double tolerance = 0.1;              ///< of a hidden rate, relative
constexpr std::size_t calibration_batch = 16;  ///< samples from which rates are found
constexpr int calibration_rounds = 40;

Population hidden(std::string name, Shape shape, const ShapeSettings& settings) {
  Population h;
  h.name = std::move(name);
  if (settings.resonating) {
    SeAdlif unit;
    unit.tau_mem = 10e-3;
    h.unit = unit;
    h.learn_time_constants = h.learn_gains = LearnTimeConstants::unit;
  } else {
    Lif unit;
    unit.reset = Reset::multiplicative;
    if (settings.convolutional) unit.tau_mem = 20e-3, unit.tau_syn = 10e-3;
    h.unit = unit;
  }
  h.shape = shape;
  h.output = settings.stochastic ? OutputKind::stochastic : OutputKind::deterministic;
  h.escape = SigmoidEscape{.beta = 10.0};
  h.surrogate = SuperSpikeSurrogate{.beta = 10.0};
  return h;
}

struct Conv {
  std::size_t filters;
  Conv1d kind;
};

Network make_network(const ShapeSettings& settings) {
  std::vector<Population> populations(1);
  populations[0].name = "x";
  populations[0].unit = InputUnit{};
  populations[0].shape = {1, settings.inputs};
  std::vector<Connection> connections;
  if (settings.convolutional) {
    const std::array<Conv, 3> layers = {{{16, {21, 10, 0}}, {32, {7, 3, 0}}, {64, {7, 3, 0}}}};
    for (const Conv& layer : layers) {
      const std::size_t p = populations.size();
      const std::size_t positions = layer.kind.target_positions(populations[p - 1].shape.positions);
      if (positions == 0) throw UserError("shape E needs more inputs: a kernel does not fit");
      populations.push_back(hidden("h" + std::to_string(p), {layer.filters, positions}, settings));
      connections.push_back({p - 1, p, layer.kind});
      connections.push_back({p, p, Conv1d{5, 1, 2}});
    }
  } else {
    for (std::size_t p = 1; p <= settings.layers; ++p) {
      populations.push_back(hidden("h" + std::to_string(p), {1, settings.width}, settings));
      connections.push_back({p - 1, p, Dense{}});
      connections.back().delays.longest = static_cast<double>(settings.delays) * 1e-3;
      if (settings.recurrent) connections.push_back({p, p, Dense{}});
    }
  }
  Population y;
  y.name = "y";
  Readout readout;
  if (settings.convolutional) readout.tau_mem = 0.7;
  y.unit = readout;
  y.shape = {1, settings.classes};
  populations.push_back(std::move(y));
  connections.push_back({populations.size() - 2, populations.size() - 1, Dense{}});
  const double dt = settings.convolutional ? 2e-3 : 1e-3;
  return Network({dt, settings.steps}, std::move(populations), std::move(connections));
}

void add_events(ShapeProblem& problem, const ShapeSettings& settings, std::uint64_t seed) {
  const auto readout = problem.network.populations().size() - 1;
  problem.begin.resize(settings.batch);
  problem.units.resize(settings.batch);
  DrawKey key;
  key.seed = seed;
  key.stream = Stream::input;
  for (std::size_t s = 0; s < settings.batch; ++s) {
    key.sample = static_cast<std::uint32_t>(s);
    for (std::size_t t = 0; t < settings.steps; ++t) {
      problem.begin[s].push_back(static_cast<std::uint32_t>(problem.units[s].size()));
      Block block{};
      for (std::uint32_t i = 0; i < settings.inputs; ++i) {
        if (i % 4 == 0) block = key.block(static_cast<std::uint32_t>(t), i / 4);
        if (uniform(block[i % 4]) < settings.rate) problem.units[s].push_back(static_cast<std::uint16_t>(i));
      }
    }
    problem.begin[s].push_back(static_cast<std::uint32_t>(problem.units[s].size()));
    problem.losses.emplace_back(MaxCrossEntropyLoss{readout, s % settings.classes});
  }
  for (std::size_t s = 0; s < settings.batch; ++s)
    problem.inputs.emplace_back(EventList{problem.begin[s], problem.units[s]});
  for (std::size_t s = 0; s < settings.batch; ++s)
    problem.samples.push_back(
        {std::span(&problem.inputs[s], 1), &problem.losses[s], static_cast<std::uint32_t>(s), 0});
}

/// Scales what enters population after population until each spikes at the rate wanted.
void scale_weights(ShapeProblem& problem, const ShapeSettings& settings, std::uint64_t seed,
                   Progress& progress) {
  const Network& network = problem.network;
  CpuEngine engine(problem.objective(), 1);
  const auto pass = engine.prepare(problem.signal);
  const std::span<const Sample> few(problem.samples.data(), std::min(calibration_batch, settings.batch));
  ActivityTable activity;
  const auto rate_of = [&](std::size_t p) {
    pass->run({.parameters = problem.parameters, .samples = few, .seed = seed}, {.activity = &activity});
    double spikes = 0.0;
    for (std::size_t s = 0; s < few.size(); ++s) spikes += activity[s][p];
    return spikes / static_cast<double>(few.size() * network.populations()[p].size() * network.steps());
  };
  progress.start("scaling the weights", network.populations().size() - 2);
  for (std::size_t p = 1; p + 1 < network.populations().size(); ++p, progress.advance()) {
    double low = 0.0, high = 0.0;  // scales known to be too small and too large
    double rate = rate_of(p), scale = 1.0;
    for (int round = 0; std::abs(rate / settings.rate - 1.0) > tolerance; ++round) {
      if (round == calibration_rounds)
        throw UserError("no weights give the hidden units a rate of " + std::to_string(settings.rate) +
                        " spikes a step; try more steps or another rate");
      (rate < settings.rate ? low : high) = scale;
      const double next = low == 0.0 ? 0.5 * high : high == 0.0 ? 2.0 * low : std::sqrt(low * high);
      for (const std::size_t c : network.layout(p).incoming) {
        const ParameterBlock& block = network.blocks()[c];
        for (std::size_t k = 0; k < block.size; ++k) problem.parameters[block.offset + k] *= next / scale;
      }
      scale = next;
      rate = rate_of(p);
      progress.advance(0);
    }
  }
}

}  // namespace

ShapeSettings shape_settings(const std::string& name) {
  const std::vector<std::pair<std::string_view, ShapeSettings>> shapes = {
      {"A", {.batch = 256, .steps = 100, .width = 128}},
      {"B", {.batch = 256, .steps = 100, .width = 128, .recurrent = true}},
      {"C", {.batch = 256, .steps = 350, .width = 128, .layers = 3}},
      {"D", {.batch = 64, .steps = 500, .width = 512}},
      {"E", {.batch = 128, .steps = 350, .convolutional = true}},
      {"F", {.batch = 256, .steps = 250, .inputs = 140, .width = 128, .recurrent = true, .resonating = true}},
      {"G", {.batch = 256, .steps = 100, .inputs = 140, .width = 128, .layers = 2, .delays = 25}}};
  for (const auto& [known, settings] : shapes)
    if (name == known) return settings;
  throw UserError("there is no shape '" + name + "'; the shapes are A to G");
}

ShapeProblem make_shape(const ShapeSettings& settings, std::uint64_t seed, Progress& progress) {
  const bool sized = settings.convolutional || (settings.width > 0 && settings.layers > 0);
  if (settings.batch == 0 || settings.steps == 0 || settings.inputs == 0 || settings.classes == 0 || !sized)
    throw UserError("a shape needs a batch, steps, inputs, layers, a width and classes of at least 1");
  if (!(settings.rate > 0.0 && settings.rate < 1.0))
    throw UserError("a rate of " + std::to_string(settings.rate) + " spikes a step is not between 0 and 1");
  ShapeProblem problem(make_network(settings));
  const Network& network = problem.network;
  std::vector<Initialiser> weights;
  for (std::size_t c = 0; c < network.connections().size(); ++c) {
    const Connection& connection = network.connections()[c];
    const Shape& from = network.populations()[connection.from].shape;
    const double fan_in =
        static_cast<double>(std::visit([&](const auto& kind) { return kind.fan_in(from); }, connection.kind));
    const bool loops = connection.from == connection.to;
    weights.emplace_back(NormalInitialiser{0.0, (loops ? 0.5 : 2.0) / std::sqrt(fan_in)});
  }
  problem.parameters = initial_parameters(network, weights, seed);
  add_events(problem, settings, seed);
  scale_weights(problem, settings, seed, progress);
  return problem;
}

}  // namespace spikegrad
