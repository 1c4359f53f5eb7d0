// SPDX-License-Identifier: Apache-2.0
// A small task with labels: each class has channels of its own that spike more often than the others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/network/initialiser.hpp"
#include "spikegrad/train/archive.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/trainer.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad::testing {

constexpr std::size_t task_channels = 12, task_classes = 3, task_steps = 20;

inline SpikeData labelled_task(std::size_t samples, std::uint64_t seed = 1) {
  Dice dice(seed);
  SpikeData data{.source = "task.h5", .time = {2e-3, task_steps}, .channels = task_channels};
  data.class_names = {"a", "b", "c"};
  data.begin.push_back(0);
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t label = i % task_classes;
    data.labels.push_back(static_cast<std::uint16_t>(label));
    data.speakers.push_back(static_cast<std::uint16_t>(i / task_classes % 4));
    for (std::size_t t = 0; t < task_steps; ++t) {
      for (std::size_t c = 0; c < task_channels; ++c)
        if (dice.chance(c % task_classes == label ? 0.2 : 0.05))
          data.units.push_back(static_cast<std::uint16_t>(c));
      data.begin.push_back(static_cast<std::uint32_t>(data.units.size()));
    }
  }
  return data;
}

/// As a program would write it: nothing but what must be said, and no input.
inline Model code_made_model() {
  const Network network({2e-3, task_steps},
                        {{.name = "x", .unit = InputUnit{}, .shape = {1, task_channels}},
                         {.name = "h", .unit = Lif{}, .shape = {1, 8}, .surrogate = SuperSpikeSurrogate{}},
                         {.name = "o", .unit = Readout{}, .shape = {1, task_classes}}},
                        {{0, 1, Dense{}}, {1, 2, Dense{}}});
  return {.network = network,
          .parameters = initial_parameters(network, {KaimingInitialiser{}, ReadoutInitialiser{}}, 1),
          .loss = MaxCrossEntropyLoss{.population = 2},
          .data = DataSettings{.population = 0},
          .training = {.optimiser = "adam", .learning_rate = 0.01, .epochs = 2}};
}

/// A trainer and the task that it refers to.
struct DataTrainer {
  DataTrainer(const Model& model, const SpikeData& data, const EngineSettings& settings = {})
      : task(model, data, settings.threads), trainer(model, task, settings) {}
  Trainer* operator->() { return &trainer; }
  Trainer& operator*() { return trainer; }

  DataTask task;
  Trainer trainer;
};

/// The state after so many updates, as it is written to a file and read again.
inline Archive saved_after(const Model& model, const SpikeData& data, std::size_t updates) {
  DataTrainer trainer(model, data);
  for (std::size_t n = 0; n < updates; ++n) {
    if (trainer->epoch_complete()) trainer->close_epoch(no_progress());
    trainer->update();
  }
  return from_bytes(to_bytes(trainer->save()), "saved");
}

/// What a trainer says of a model and data that it refuses; "no error" where it takes them.
inline std::string trainer_refusal(const Model& model, const SpikeData& data) {
  try {
    DataTrainer trainer(model, data);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

/// A recurrent net for it; `training` are further lines of [training].
inline Model task_model(const std::string& training = "", const std::vector<std::string>& overrides = {}) {
  return parse_model(R"(
seed = 5
[time]
dt = 2e-3
steps = 20
[[population]]
name = "x"
kind = "input"
size = 12
[[population]]
name = "h"
kind = "lif"
size = 16
tau_mem = 20e-3
tau_syn = 10e-3
surrogate = { kind = "superspike" }
[[population]]
name = "o"
kind = "readout"
size = 3
tau_mem = 40e-3
[[connection]]
from = "x"
to = "h"
init = { kind = "fluctuation-driven", nu = 40.0 }
[[connection]]
from = "h"
to = "h"
init = { kind = "fluctuation-driven", nu = 40.0 }
[[connection]]
from = "h"
to = "o"
init = { kind = "readout" }
[input]
kind = "data"
[loss]
kind = "cross-entropy-max"
population = "o"
[training]
optimiser = "smorms3"
learning_rate = 0.05
batch = 40
epochs = 4
validation = 0.25
)" + training,
                     "task.toml", overrides);
}

}  // namespace spikegrad::testing
