// SPDX-License-Identifier: Apache-2.0
// The optional sections of a model file as plain settings; see docs/model-files.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/surrogate.hpp"
#include "spikegrad/optimiser/optimiser.hpp"

namespace spikegrad {

/// [training]
struct TrainingSettings {
  std::string estimator = "surrogate";
  std::string optimiser = "sgd";
  double learning_rate = 1e-3;
  std::vector<double> learning_rates = {};
  std::size_t epochs = 100;
  std::size_t trials = 1;
  OptimiserSettings optimiser_settings = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("estimator", self.estimator, Range::any, "gradient estimator");
    visit("optimiser", self.optimiser, Range::any, "what turns gradients into steps");
    visit("learning_rate", self.learning_rate, Range::positive, "step size");
    visit("learning_rates", self.learning_rates, Range::non_negative,
          "one for each parameter block instead: connections in the order of the file, then biases");
    visit("epochs", self.epochs, Range::non_negative, "parameter updates");
    visit("trials", self.trials, Range::positive, "trials averaged per epoch");
    OptimiserSettings::fields(self.optimiser_settings, visit);
  }
  std::string_view invalid() const { return optimiser_settings.invalid(); }
};

/// [field.scan]: one parameter runs along a line, the others stay.
struct ScanSettings {
  std::string parameter;  ///< "x->h[0,1]", "h.bias[2]"
  double from = -1.0, to = 1.0;
  std::size_t points = 101;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("parameter", self.parameter, Range::any, "which one, as \"x->h[post,pre]\" or \"h.bias[unit]\"");
    visit("from", self.from, Range::any, "first value");
    visit("to", self.to, Range::any, "last value");
    visit("points", self.points, Range::positive, "number of values, evenly spaced");
  }
};

/// [field.loop]: the parameters run along r (sine · sin φ + cosine · cos φ), φ from 0 to 2π.
struct LoopSettings {
  double radius = 1.0;
  std::vector<double> sine, cosine;  ///< [parameter count], in the order of the flat parameters
  std::size_t points = 1000;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("radius", self.radius, Range::positive, "r");
    visit("sine", self.sine, Range::any, "direction of sin(phi), one number per parameter");
    visit("cosine", self.cosine, Range::any, "direction of cos(phi), one number per parameter");
    visit("points", self.points, Range::positive, "number of angles, evenly spaced");
  }
};

/// [field]
struct FieldSettings {
  std::optional<ScanSettings> scan;
  std::optional<LoopSettings> loop;
  std::vector<Surrogate> surrogates;  ///< to compare, each in place of the model's own
};

}  // namespace spikegrad
