// SPDX-License-Identifier: Apache-2.0
// The optional sections of a model file as plain settings; see docs/model-files.md.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/surrogate.hpp"
#include "spikegrad/optimiser/optimiser.hpp"

namespace spikegrad {

/// [input] kind = "data": a population's spikes and the loss's label come from a data set, sample by sample.
struct DataSettings {
  std::size_t population = 0;
  std::size_t pool = 1;
  bool binary = true;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("pool", self.pool, Range::positive, "so many neighbouring channels become one unit");
    visit("binary", self.binary, Range::any, "at most one spike a channel and step; else they are counted");
  }
};

/// How the learning rate goes on from epoch to epoch.
enum class Schedule : std::uint8_t { constant, cosine, step, plateau, one_cycle };
constexpr std::array<std::string_view, 5> names_of(Schedule) {
  return {"constant", "cosine", "step", "plateau", "one-cycle"};
}

/// Which samples of the training file validate.
enum class SplitKind : std::uint8_t { automatic, speakers, stratified, random, file };
constexpr std::array<std::string_view, 5> names_of(SplitKind) {
  return {"auto", "speakers", "stratified", "random", "file"};
}

/// Which weights a run ends with: the best by a measure of the validation samples, or the last.
enum class Selection : std::uint8_t { accuracy, loss, last };
constexpr std::array<std::string_view, 3> names_of(Selection) {
  return {"accuracy", "loss", "last"};
}

/// [training]
struct TrainingSettings {
  std::string estimator = "surrogate";
  std::string optimiser = "sgd";
  double learning_rate = 1e-3;
  std::vector<double> learning_rates = {};
  double delay_rate = 1.0;
  std::size_t epochs = 100;
  std::size_t trials = 1;
  std::size_t batch = 128;
  Schedule schedule = Schedule::constant;
  double decay = 0.1;
  std::size_t decay_epochs = 10;
  double gradient_clip = 0.0;
  double validation = 0.1;
  SplitKind split = SplitKind::automatic;
  std::vector<double> validation_speakers = {};
  Selection select = Selection::accuracy;
  std::size_t patience = 0;
  double average = 0.0;
  OptimiserSettings optimiser_settings = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("estimator", self.estimator, Range::any, "gradient estimator");
    visit("optimiser", self.optimiser, Range::any, "what turns gradients into steps");
    visit("learning_rate", self.learning_rate, Range::positive, "step size");
    visit("learning_rates", self.learning_rates, Range::non_negative,
          "one for each parameter block instead: connections in the order of the file, then biases");
    visit("delay_rate", self.delay_rate, Range::non_negative,
          "the learning rate of delays as a multiple of learning_rate");
    visit("epochs", self.epochs, Range::non_negative,
          "passes over the data set; without one, parameter updates");
    visit("trials", self.trials, Range::positive, "trials of a sample averaged per update");
    visit("batch", self.batch, Range::positive, "samples per update");
    visit("schedule", self.schedule, Range::any, "how the learning rate goes on");
    visit("decay", self.decay, Range::probability, "factor of the schedules step and plateau");
    visit("decay_epochs", self.decay_epochs, Range::positive,
          "epochs between factors (step), or without improvement before one (plateau)");
    visit("gradient_clip", self.gradient_clip, Range::non_negative,
          "greatest length of the gradient; 0: any");
    visit("validation", self.validation, Range::probability, "share of the samples that validate; 0: none");
    visit("split", self.split, Range::any,
          "which samples validate; auto: a validation file where there is one, else speakers where known, "
          "else stratified");
    visit("validation_speakers", self.validation_speakers, Range::non_negative,
          "speakers whose samples validate, by their numbers in the file; none: drawn from the seed");
    visit("select", self.select, Range::any, "the weights to keep: best on validation, or last");
    visit("patience", self.patience, Range::non_negative,
          "epochs without improvement before the end; 0: all");
    visit(
        "average", self.average, Range::probability,
        "the run keeps an average of the weights that forgets at this rate an update; 0: the weights themselves");
    OptimiserSettings::fields(self.optimiser_settings, visit);
  }
  std::string_view invalid() const {
    if (validation >= 1.0) return "validation must be below 1";
    if (average >= 1.0) return "average must be below 1";
    if (!validation_speakers.empty()) {
      if (split != SplitKind::automatic && split != SplitKind::speakers)
        return "validation_speakers go with split = \"speakers\"";
      if (validation == 0.0) return "validation_speakers need a validation above 0";
      for (const double speaker : validation_speakers)
        if (speaker > 65535.0 || std::floor(speaker) != speaker)
          return "validation_speakers must be whole numbers up to 65535";
    }
    return optimiser_settings.invalid();
  }
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
