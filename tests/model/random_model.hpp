// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "spikegrad/model/model.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {

/// A random net of any outputs with random settings in the other sections.
inline Model random_model(std::uint64_t seed) {
  testing::RandomNetOptions options;
  options.max_spikes = 40;
  options.max_units = 6;
  options.outputs = {OutputKind::stochastic, OutputKind::deterministic, OutputKind::analog};
  testing::RandomNet net = testing::random_net(seed, options);
  testing::Dice dice(seed + 1'000'000);
  Model model{.source = "random.toml",
              .seed = dice.below(1'000'000'000),
              .network = std::move(net.network),
              .parameters = std::move(net.parameters),
              .input = std::move(net.input),
              .loss = std::move(net.loss),
              .regularisers = std::move(net.regularisers),
              .data = std::nullopt};
  model.estimator.counterfactuals = dice.between(1, 100);
  model.estimator.step = dice.real(1e-6, 1.0);
  model.estimator.target_error = dice.chance(0.5);
  model.training.learning_rate = dice.real(1e-9, 1.0);
  model.training.epochs = dice.below(1000);
  model.training.optimiser = dice.chance(0.5) ? "adam" : "sgd";
  model.training.optimiser_settings.beta1 = dice.real(0.0, 0.99);
  if (dice.chance(0.3))
    for (std::size_t b = 0; b < model.network.blocks().size(); ++b)
      model.training.learning_rates.push_back(dice.real(0.0, 1.0));
  if (dice.chance(0.5)) {
    const ParameterBlock& block = model.network.blocks()[0];
    std::string place;
    for (const std::size_t side : block.shape) place += (place.empty() ? "" : ",") + std::to_string(side - 1);
    model.field.scan =
        ScanSettings{block.name + "[" + place + "]", dice.normal(), dice.normal(), dice.between(2, 9)};
  }
  if (dice.chance(0.5)) {
    LoopSettings loop;
    loop.radius = dice.real(0.1, 2.0);
    for (std::size_t k = 0; k < model.network.parameter_count(); ++k) {
      loop.sine.push_back(dice.normal());
      loop.cosine.push_back(dice.normal());
    }
    model.field.loop = loop;
  }
  if (dice.chance(0.5)) {
    TableSurrogate table;
    table.x = {-dice.real(1, 2), dice.real(-1, 1), 1e300};
    table.g = {dice.normal(), 1e-300, 0.1};
    model.field.surrogates = {SuperSpikeSurrogate{dice.real(1, 10)}, table, StraightThroughSurrogate{}};
  }
  return model;
}

}  // namespace spikegrad
