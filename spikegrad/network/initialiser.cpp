// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/network/initialiser.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "spikegrad/core/check_fields.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/kinds.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/network/orthonormalise.hpp"
#include "spikegrad/network/time_constants.hpp"

namespace spikegrad {

double response_power(const Unit& unit, double dt) {
  return std::visit(
      [dt](const auto& model) {
        using Model = std::remove_cvref_t<decltype(model)>;
        if constexpr (Model::timing == DriveTiming::none) {
          return 0.0;
        } else if constexpr (Model::timing == DriveTiming::same_step) {
          return dt;  // κ is 1 in the step of the spike and 0 in all others
        } else if constexpr (std::is_same_v<Model, Integrate>) {
          throw UserError(
              "the response of 'integrate' units to a spike never ends, so that no variance of their potential "
              "can be asked for: another initialiser, as \"normal\" or \"kaiming\"");
          return 0.0;
        } else {
          const auto decays = decays_of(model, dt);
          std::array<double, Model::state_size> state{};
          const double rest = equations::excess(model, state.data(), decays.data());
          double power = 0.0, largest = 0.0;
          for (std::size_t k = 0; k < std::size_t{1} << 22; ++k) {
            equations::advance(model, state.data(), decays.data(), k == 0 ? 1.0 : 0.0, 0.0, 0.0);
            const double kappa = equations::excess(model, state.data(), decays.data()) - rest;
            power += kappa * kappa;
            double magnitude = 0.0;
            for (const double s : state) magnitude = std::max(magnitude, std::abs(s));
            largest = std::max(largest, magnitude);
            if (magnitude < 1e-9 * largest) break;
          }
          return power * dt;
        }
      },
      unit);
}

Afferent afferent_of(const Network& network, std::size_t block) {
  const auto& connections = network.connections();
  if (block >= connections.size()) return {};  // a bias
  const Connection& connection = connections[block];
  Afferent to;
  to.fan_in =
      std::visit([&](const auto& kind) { return kind.fan_in(network.populations()[connection.from].shape); },
                 connection.kind);
  to.recurrent = connection.from == connection.to;
  for (const std::size_t c : network.layout(connection.to).incoming)
    ++(connections[c].from == connections[c].to ? to.recurrences : to.feed_forward);
  to.target = &network.populations()[connection.to].unit;
  to.dt = network.time().dt;
  return to;
}

namespace {

/// Numbers of what `index` names: a parameter block, or a connection.
void draw(const Initialiser& initialiser, const Afferent& to, Stream stream, std::size_t index,
          std::uint64_t seed, std::span<double> numbers) {
  std::visit(
      [&](const auto& settings) {
        check_fields(settings, "initialiser '" + std::string(settings.kind) + "': ");
      },
      initialiser);
  const auto distribution = std::visit([&](const auto& settings) { return settings.make(to); }, initialiser);
  if (!std::isfinite(distribution.mean) || !std::isfinite(distribution.spread))
    throw UserError("the initialiser '" + std::string(kind_of(initialiser)) +
                    "' gives weights that are not finite");
  DrawKey key;
  key.seed = seed;
  key.stream = stream;
  key.population = static_cast<std::uint32_t>(index);
  using Shape = WeightDistribution::Shape;
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    const Block words = key.block(static_cast<std::uint32_t>(k >> 32), static_cast<std::uint32_t>(k));
    numbers[k] =
        distribution.shape == Shape::uniform ? 2.0 * uniform(words[0]) - 1.0 : normal(words[0], words[1]);
  }
  if (distribution.shape == Shape::orthogonal) orthonormalise(numbers, to.fan_in);
  for (double& number : numbers) number = distribution.mean + distribution.spread * number;
}

}  // namespace

void initialise(const Initialiser& initialiser, const Network& network, std::size_t block, std::uint64_t seed,
                std::span<double> weights) {
  if (block >= network.blocks().size())
    throw UserError("there is no parameter block " + std::to_string(block) + ": the network has " +
                    std::to_string(network.blocks().size()));
  if (weights.size() != network.blocks()[block].size)
    throw UserError("initial weights of '" + network.blocks()[block].name + "': there is room for " +
                    std::to_string(weights.size()) + ", must be for " +
                    std::to_string(network.blocks()[block].size));
  draw(initialiser, afferent_of(network, block), Stream::weights, block, seed, weights);
}

void draw_delays(const Initialiser& initialiser, std::size_t connection, std::uint64_t seed,
                 std::span<double> delays) {
  draw(initialiser, {}, Stream::delays, connection, seed, delays);
}

void begin_delays(const Network& network, std::size_t connection, std::uint64_t seed,
                  std::span<double> steps) {
  const std::vector<double>& given = network.connections()[connection].delays.seconds;
  const double longest = network.delays(connection).longest;
  if (given.empty()) return draw_delays(UniformInitialiser{0.0, longest}, connection, seed, steps);
  for (std::size_t j = 0; j < steps.size(); ++j)
    steps[j] = std::min(longest, given[given.size() > 1 ? j : 0] / network.time().dt);
}

std::vector<double> initial_parameters(const Network& network, std::span<const Initialiser> initialisers,
                                       std::uint64_t seed) {
  const std::size_t connections = network.connections().size();
  if (initialisers.size() != connections)
    throw UserError("there are " + std::to_string(initialisers.size()) +
                    " initialisers: must be one for each of the network's " + std::to_string(connections) +
                    " connections");
  std::vector<double> parameters(network.parameter_count());
  const auto part = [&](std::size_t block) {
    return std::span(parameters).subspan(network.blocks()[block].offset, network.blocks()[block].size);
  };
  for (std::size_t c = 0; c < connections; ++c) initialise(initialisers[c], network, c, seed, part(c));
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const std::vector<double> starts = filter_starts_of(network.populations()[p].unit);
    for (std::size_t k = 0; k < starts.size(); ++k) {
      if (!network.layout(p).learned[k]) continue;
      const auto out = part(*network.layout(p).learned[k]);
      std::fill(out.begin(), out.end(), starts[k]);
    }
  }
  for (std::size_t c = 0; c < connections; ++c)
    if (const auto block = network.delays(c).block) begin_delays(network, c, seed, part(*block));
  return parameters;
}

}  // namespace spikegrad
