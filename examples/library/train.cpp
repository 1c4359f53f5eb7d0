// SPDX-License-Identifier: Apache-2.0
// A net built in code, trained, judged and kept in a folder.
#include <cstdio>
#include <spikegrad/spikegrad.hpp>

using namespace spikegrad;

int main() {
  const auto data = [](std::size_t samples, std::uint32_t part) {
    return bin_events(make_poisson_patterns({.classes = 3, .units = 20, .rate = 20.0, .duration = 0.1},
                                            {.samples_per_class = samples, .jitter = 5e-3, .part = part}),
                      {.dt = 2e-3, .steps = 50}, "patterns");
  };
  const Network network({.dt = 2e-3, .steps = 50},
                        {{.name = "x", .unit = InputUnit{}, .shape = {.positions = 20}},
                         {.name = "h", .unit = Lif{}, .shape = {.positions = 40}, .escape = SigmoidEscape{}},
                         {.name = "o", .unit = Readout{}, .shape = {.positions = 3}}},
                        {{.from = 0, .to = 1, .kind = Dense{}}, {.from = 1, .to = 2, .kind = Dense{}}});
  const auto weights =
      initial_parameters(network, {FluctuationDrivenInitialiser{.nu = 20.0}, ReadoutInitialiser{}}, 1);
  const Model model{.network = network,
                    .parameters = weights,
                    .loss = MaxCrossEntropyLoss{.population = 2},
                    .data = DataSettings{.population = 0},
                    .training = {.optimiser = "adam", .learning_rate = 0.02, .epochs = 20, .batch = 32}};

  fit(model, data(100, 0), {.folder = "runs/patterns"});
  const SavedRun run = load_run("runs/patterns");
  const Evaluation judged = evaluate(run.model, run.parameters, data(40, 1));
  std::printf("weights of epoch %zu: test accuracy %.2f\n", run.epoch, judged.accuracy);
}
