// SPDX-License-Identifier: Apache-2.0
// What a model file gives when it is right. What it says when it is wrong: errors_test.cpp.
#include "spikegrad/model/model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/random.hpp"
#include "tests/model/example.hpp"

namespace spikegrad {
namespace {

const std::filesystem::path root(SPIKEGRAD_SOURCE_DIR);

TEST(LoadModel, Quickstart) {
  const Model model = load_model(root / "experiments/quickstart.toml");
  EXPECT_EQ(model.seed, 1u);
  EXPECT_EQ(model.network.time().dt, 1e-3);
  EXPECT_EQ(model.network.steps(), 6u);
  ASSERT_EQ(model.network.populations().size(), 2u);
  const Population& h = model.network.populations()[1];
  EXPECT_EQ(h.name, "h");
  EXPECT_EQ(h.size(), 2u);
  EXPECT_EQ(h.output, OutputKind::stochastic);
  EXPECT_EQ(std::get<Lif>(h.unit).tau_syn, 5e-3);
  EXPECT_EQ(std::get<Lif>(h.unit).reset, Reset::multiplicative);
  EXPECT_EQ(std::get<SigmoidEscape>(h.escape).beta, 4.0);
  EXPECT_EQ(std::get<SuperSpikeSurrogate>(h.surrogate.value()).beta, 10.0);
  EXPECT_FALSE(h.bias);
  EXPECT_EQ(model.parameters, (std::vector<double>{1.5, 2.0, 0.5, -1.0}));
  EXPECT_EQ(model.network.blocks()[0].name, "x->h");
  Grid<double> spikes(6, 2);
  spikes[0][0] = spikes[1][1] = 1.0;
  EXPECT_EQ(model.input.values[0], spikes);
  EXPECT_TRUE(model.input.values[1].empty());
  const auto& loss = std::get<LinearLoss>(model.loss);
  EXPECT_EQ(loss.population, 1u);
  EXPECT_EQ(loss.coefficients[5][1], -1.0);
  EXPECT_EQ(model.problem().parameters.data(), model.parameters.data());
}

TEST(ParseModel, DefaultsAreThoseOfTheStructs) {
  const Model model = parse_model(example({{"population", R"(
[[population]]
name = "x"
kind = "input"
size = 2
[[population]]
name = "h"
kind = "lif"
size = 2
)"}}),
                                  "m.toml");
  const Population &h = model.network.populations()[1], standard{};
  const Lif &unit = std::get<Lif>(h.unit), lif{};
  EXPECT_EQ(unit.tau_mem, lif.tau_mem);
  EXPECT_EQ(unit.tau_syn, lif.tau_syn);
  EXPECT_EQ(unit.threshold, lif.threshold);
  EXPECT_EQ(unit.reset, lif.reset);
  EXPECT_EQ(h.output, standard.output);
  EXPECT_EQ(h.escape.index(), standard.escape.index());
  EXPECT_FALSE(h.surrogate.has_value());
  EXPECT_FALSE(h.differentiate_reset);
}

TEST(ParseModel, BiasInAllForms) {
  const auto bias = [](const std::string& value) {
    const Model model =
        parse_model(example(), "m.toml", std::vector<std::string>{"population.h.bias=" + value});
    return std::vector<double>(model.parameters.begin() + 4, model.parameters.end());
  };
  EXPECT_EQ(bias("true"), (std::vector<double>{0, 0}));
  EXPECT_EQ(bias("false"), (std::vector<double>{}));
  EXPECT_EQ(bias("0.5"), (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(bias("2"), (std::vector<double>{2, 2}));
  EXPECT_EQ(bias("[1, -1.5]"), (std::vector<double>{1, -1.5}));
  EXPECT_EQ(bias("{ kind = 'constant', value = 3 }"), (std::vector<double>{3, 3}));
}

TEST(ParseModel, LearnedTimeConstantsInAllForms) {
  const auto log_taus = [](std::vector<std::string> overrides) {
    const Model model = parse_model(example(), "m.toml", overrides);
    return std::vector<double>(model.parameters.begin() + 4, model.parameters.end());
  };
  const double m = std::log(10e-3), s = std::log(5e-3);
  EXPECT_EQ(log_taus({"population.h.learn_time_constants=none"}), (std::vector<double>{}));
  EXPECT_EQ(log_taus({"population.h.learn_time_constants=population"}), (std::vector<double>{m, s}));
  EXPECT_EQ(log_taus({"population.h.learn_time_constants=unit"}), (std::vector<double>{m, m, s, s}));
  EXPECT_EQ(log_taus({"population.h.learn_time_constants=unit", "population.h.log_tau_syn=[-5, -6.5]",
                      "population.h.tau_mem=1.0"}),
            (std::vector<double>{0, 0, -5, -6.5}));
  EXPECT_EQ(log_taus({"population.h.learn_time_constants=population", "population.h.log_tau_mem=-3"}),
            (std::vector<double>{-3, s}));
  EXPECT_EQ(log_taus({"population.h.learn_time_constants=unit", "population.h.kind=alif",
                      "population.h.log_tau_adaptation={ kind = 'constant', value = -2 }"}),
            (std::vector<double>{m, m, s, s, -2, -2}));
}

TEST(ParseModel, LearnedGainsInAllForms) {
  const std::string se = "population.h.kind=se-adlif", learn = "population.h.learn_gains=";
  const auto gains = [&](std::vector<std::string> overrides) {
    overrides.insert(overrides.begin(), se);
    const Model model = parse_model(example(), "m.toml", overrides);
    return std::vector<double>(model.parameters.begin() + 4, model.parameters.end());
  };
  EXPECT_EQ(gains({learn + "none", "population.h.a=0.25"}), (std::vector<double>{}));
  EXPECT_EQ(gains({learn + "population", "population.h.a=0.25"}), (std::vector<double>{0.25, 1.0}));
  EXPECT_EQ(gains({learn + "unit", "population.h.initial_b=[0, 2]"}), (std::vector<double>{0.5, 0.5, 0, 2}));
  const auto drawn =
      gains({learn + "unit", "population.h.initial_a={ kind = 'uniform', low = 0, high = 1 }"});
  EXPECT_NE(drawn[0], drawn[1]);
  const auto error = [&](std::vector<std::string> overrides) -> std::string {
    try {
      gains(std::move(overrides));
    } catch (const UserError& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_NE(
      error({learn + "unit", "population.h.initial_b=2.5"}).find("initial_b = 2.5: must be from 0 to 2"),
      std::string::npos);
  EXPECT_NE(error({learn + "unit", "population.h.a=-1"}).find("a = -1: must be from 0 to 1"),
            std::string::npos);
  EXPECT_EQ(error({"population.h.a=-1"}), "no error");
  EXPECT_NE(error({"population.h.initial_a=0.5"}).find("is for learn_gains"), std::string::npos);
  EXPECT_NE(error({"population.h.kind=lif", learn + "unit"}).find("'lif' units have no gains"),
            std::string::npos);
}

TEST(ParseModel, LearnedThresholdsInAllForms) {
  const std::string learn = "population.h.learn_threshold=";
  const auto thresholds = [](const std::vector<std::string>& overrides) {
    const Model model = parse_model(example(), "m.toml", overrides);
    return std::vector<double>(model.parameters.begin() + 4, model.parameters.end());
  };
  EXPECT_EQ(thresholds({learn + "none"}), (std::vector<double>{}));
  EXPECT_EQ(thresholds({learn + "population", "population.h.threshold=0.75"}), (std::vector<double>{0.75}));
  EXPECT_EQ(thresholds({learn + "unit", "population.h.initial_threshold=[0.5, 2]"}),
            (std::vector<double>{0.5, 2}));
  const auto error = [&](const std::vector<std::string>& overrides) -> std::string {
    try {
      thresholds(overrides);
    } catch (const UserError& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_NE(error({learn + "unit", "population.h.threshold=0"}).find("threshold = 0: must be 0.01 or above"),
            std::string::npos);
  EXPECT_NE(error({"population.h.initial_threshold=0.5"}).find("is for learn_threshold"), std::string::npos);
  EXPECT_NE(
      error({"population.h.kind=binary", learn + "unit"}).find("'binary' units have no threshold to learn"),
      std::string::npos);
  const std::vector<std::string> rest = {"population.h.refractory_steps=3"};
  EXPECT_EQ(parse_model(example(), "m.toml", rest).network.populations()[1].refractory_steps, 3u);
  EXPECT_NE(error({"population.h.refractory_steps=-1"}).find("refractory_steps = -1"), std::string::npos);
  EXPECT_NE(error({"population.h.refractory_steps=1", "population.h.output=analog"}).find("refractory"),
            std::string::npos);
  EXPECT_NE(error({"population.x.refractory_steps=1"}).find("is for units that spike"), std::string::npos);
}

TEST(ParseModel, DelaysInAllForms) {
  const auto model = [](const std::vector<std::string>& overrides) {
    return parse_model(example(), "m.toml", overrides);
  };
  const auto seconds = [&](const std::string& key) {
    return model({"time.steps=9", "loss.coefficients=[1, 1]", "connection.x->h." + key})
        .network.connections()[0]
        .delays.seconds;
  };
  EXPECT_EQ(seconds("delay=2e-3"), (std::vector<double>{2e-3}));
  EXPECT_EQ(seconds("delays=[0, 1.5e-3]"), (std::vector<double>{0.0, 1.5e-3}));
  for (const double delay : seconds("delays={ kind = 'uniform', low = 1e-3, high = 8e-3 }")) {
    EXPECT_TRUE(delay >= 1e-3 && delay <= 8e-3) << delay;
    EXPECT_NEAR(delay, 1e-3 * std::round(delay / 1e-3), 1e-12);  // drawn ones are whole steps
  }
  const std::string learned = "connection.x->h.learn_delays=true", longest = "connection.x->h.max_delay=5e-3";
  const auto steps = [&](const std::string& key) {
    std::vector<std::string> overrides = {"time.steps=9", "loss.coefficients=[1, 1]", learned, longest};
    if (!key.empty()) overrides.push_back("connection.x->h." + key);
    const Model read = model(overrides);
    EXPECT_EQ(read.network.connections()[0].delays.longest, 5e-3);
    return std::vector<double>(read.parameters.begin() + 4, read.parameters.end());
  };
  EXPECT_EQ(steps("delay=2e-3"), (std::vector<double>{2.0, 2.0}));
  EXPECT_EQ(steps("delays=[0, 5e-3]"), (std::vector<double>{0.0, 5.0}));
  EXPECT_EQ(steps("delay_steps=1.25"), (std::vector<double>{1.25, 1.25}));
  EXPECT_EQ(steps("delay_steps=[1.25, 5]"), (std::vector<double>{1.25, 5.0}));
  const std::vector<double> drawn = steps("");
  ASSERT_EQ(drawn.size(), 2u);
  EXPECT_NE(drawn[0], drawn[1]);
  for (const double d : drawn) EXPECT_TRUE(d > 0.0 && d < 5.0) << d;
}

TEST(ParseModel, DelaysOfSynapses) {
  const auto model = [](std::vector<std::string> overrides) {
    for (std::string& key : overrides) key.insert(0, "connection.x->h.");
    overrides.insert(overrides.end(),
                     {"time.steps=9", "loss.coefficients=[1, 1]", "connection.x->h.delay_per=synapse"});
    return parse_model(example(), "m.toml", overrides);
  };
  EXPECT_EQ(model({"delays=[[0, 1e-3], [2.5e-3, 4e-3]]"}).network.connections()[0].delays.seconds,
            (std::vector<double>{0.0, 1e-3, 2.5e-3, 4e-3}));
  const auto drawn = model({"delays={ kind = 'uniform', low = 1e-3, high = 8e-3 }"});
  EXPECT_EQ(drawn.network.delays(0).steps.size(), 4u);
  EXPECT_TRUE(drawn.network.delays(0).by_synapse());
  const auto steps = [&](const std::string& key) {
    const Model read = model({"learn_delays=true", "max_delay=5e-3", key});
    EXPECT_EQ(read.network.blocks().back().shape, (std::vector<std::size_t>{2, 2}));
    const Model again = parse_model(to_toml(read), "again.toml");
    EXPECT_EQ(again.parameters, read.parameters);
    EXPECT_EQ(to_toml(again), to_toml(read));
    return std::vector<double>(read.parameters.begin() + 4, read.parameters.end());
  };
  EXPECT_EQ(steps("delay_steps=[[0, 1.5], [2, 5]]"), (std::vector<double>{0.0, 1.5, 2.0, 5.0}));
  EXPECT_EQ(steps("delay_steps=1.5"), (std::vector<double>{1.5, 1.5, 1.5, 1.5}));
  EXPECT_EQ(steps("delay=2e-3"), (std::vector<double>{2.0, 2.0, 2.0, 2.0}));
  EXPECT_EQ(to_toml(parse_model(to_toml(drawn), "again.toml")), to_toml(drawn));
  const Model spread =
      model({"learn_delays=true", "max_delay=5e-3", "delay_sigma=2e-3", "delay_sigma_end=1e-3"});
  EXPECT_EQ(spread.network.delays(0).spread.sigma, 2.0);
  EXPECT_EQ(spread.network.delays(0).spread.sigma_end, 1.0);
  EXPECT_EQ(spread.network.delays(0).spread.part, 0.25);
  EXPECT_EQ(to_toml(parse_model(to_toml(spread), "again.toml")), to_toml(spread));
}

TEST(ParseModel, ConvolutionOverPositions) {
  const Model model = parse_model(example({{"population", R"(
[[population]]
name = "x"
kind = "input"
shape = [2, 5]
[[population]]
name = "h"
kind = "lif"
shape = [1, 3]
)"},
                                           {"connection", R"(
[[connection]]
from = "x"
to = "h"
kind = "conv1d"
kernel = 3
stride = 2
padding = 1
weights = [[[1, 2, 3], [4, 5, 6]]]
)"},
                                           {"input", R"(
[input]
kind = "values"
values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
)"},
                                           {"loss", R"(
[loss]
kind = "linear"
population = "h"
coefficients = [1, 0, 0]
)"}}),
                                  "m.toml");
  EXPECT_EQ(model.parameters, (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(model.network.blocks()[0].shape, (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_EQ(model.input.values[0][2][7], 7.0);
  EXPECT_EQ(std::get<LinearLoss>(model.loss).coefficients[2][0], 1.0);
}

// What a resolved file says of a convolution over rows and columns reads back as the same net.
TEST(ParseModel, ConvolutionOverRowsAndColumns) {
  const Model model = parse_model(example({{"population", R"(
[[population]]
name = "x"
kind = "input"
shape = [2, 3, 4]
[[population]]
name = "h"
kind = "lif"
shape = [2, 2, 6]
bias = [0.5, -0.5]
bias_per = "channel"
)"},
                                           {"connection", R"(
[[connection]]
from = "x"
to = "h"
kind = "conv2d"
kernel = [2, 1]
stride = 1
padding = [0, 1]
dilation = [1, 2]
groups = 2
weights = [[[[1], [2]]], [[[3], [4]]]]
[[connection]]
from = "h"
to = "h"
kind = "conv2d"
kernel = 3
padding = 1
init = { kind = "normal", std = 0.5 }
)"},
                                           {"input", R"(
[input]
kind = "spikes"
spikes = [[0, 5]]
)"},
                                           {"loss", R"(
[loss]
kind = "linear"
population = "h"
coefficients = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
)"}}),
                                  "m.toml");
  const Network& net = model.network;
  EXPECT_EQ(net.populations()[0].shape, (Shape{2, 12, 3}));
  const auto& conv = std::get<Conv2d>(net.connections()[0].kind);
  EXPECT_EQ(conv.kernel, (Sides{2, 1}));
  EXPECT_EQ(conv.stride, (Sides{1, 1}));
  EXPECT_EQ(conv.padding, (Sides{0, 1}));
  EXPECT_EQ(conv.dilation, (Sides{1, 2}));
  EXPECT_EQ(conv.groups, 2u);
  EXPECT_EQ(net.blocks()[0].shape, (std::vector<std::size_t>{2, 1, 2, 1}));
  EXPECT_EQ(net.blocks()[1].shape, (std::vector<std::size_t>{2, 2, 3, 3}));
  EXPECT_EQ(net.blocks()[2].shape, std::vector<std::size_t>{2});
  EXPECT_EQ(model.parameters[net.blocks()[2].offset + 1], -0.5);
  EXPECT_EQ(model.parameters[3], 4.0);
  const Model again = parse_model(to_toml(model), "again.toml");
  EXPECT_EQ(again.parameters, model.parameters);
  EXPECT_EQ(again.network.populations()[1].shape, (Shape{2, 12, 2}));
  EXPECT_EQ(again.network.populations()[1].bias_per, BiasPer::channel);
  EXPECT_EQ(std::get<Conv2d>(again.network.connections()[0].kind).dilation, conv.dilation);
  EXPECT_EQ(to_toml(again), to_toml(model));
}

TEST(ParseModel, SeveralInputs) {
  const std::string text = example({{"population", R"(
[[population]]
name = "a"
kind = "input"
size = 1
[[population]]
name = "b"
kind = "input"
size = 2
[[population]]
name = "h"
kind = "lif"
size = 2
)"},
                                    {"connection", R"(
[[connection]]
from = "b"
to = "h"
init = { kind = "constant", value = 2.0 }
)"},
                                    {"input", R"(
[[input]]
population = "b"
kind = "poisson"
rate = 400
[[input]]
population = "a"
kind = "spikes"
spikes = []
)"}});
  const Model model = parse_model(text, "m.toml"),
              other = parse_model(text, "m.toml", std::vector<std::string>{"seed=2"});
  EXPECT_EQ(model.input.values[0], Grid<double>(3, 1));
  EXPECT_NE(model.input.values[1], other.input.values[1]);
}

TEST(Overrides, ReachEverySection) {
  const std::vector<std::string> overrides{"time.dt=2e-3",
                                           "population.h.escape.beta=7",
                                           "population.h.output=analog",
                                           "population.h.surrogate.kind=gaussian",
                                           "connection.x->h.weights.1.0=9",
                                           "input.spikes=[[2, 0]]",
                                           "training.epochs=3",
                                           "training.learning_rates=[0.25]",
                                           "training.momentum=0.5",
                                           "estimator.counterfactuals=2",
                                           "seed=5"};
  const Model model = parse_model(example(), "m.toml", overrides);
  const Population& h = model.network.populations()[1];
  EXPECT_EQ(model.network.time().dt, 2e-3);
  EXPECT_EQ(std::get<SigmoidEscape>(h.escape).beta, 7.0);
  EXPECT_EQ(h.output, OutputKind::analog);
  EXPECT_TRUE(std::holds_alternative<GaussianSurrogate>(h.surrogate.value()));
  EXPECT_EQ(model.parameters, (std::vector<double>{1.5, 2.0, 9.0, -1.0}));
  EXPECT_EQ(model.input.values[0][2][0], 1.0);
  EXPECT_EQ(model.training.epochs, 3u);
  EXPECT_EQ(model.training.learning_rates, std::vector<double>{0.25});
  EXPECT_EQ(model.training.optimiser_settings.momentum, 0.5);
  EXPECT_EQ(model.estimator.counterfactuals, 2u);
  EXPECT_EQ(model.seed, 5u);
}

TEST(Overrides, ApplyInOrder) {
  const std::vector<std::string> overrides{"seed=1", "seed=2"};
  EXPECT_EQ(parse_model(example(), "m.toml", overrides).seed, 2u);
}

}  // namespace
}  // namespace spikegrad
