// SPDX-License-Identifier: Apache-2.0
// Estimators of one backward pass against forward mode, draw by draw: each derivative that they put for that
// of a spike is put there by dual numbers too, in the reference forward pass or in the second simulator.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>

#include "spikegrad/engine/reference/forward.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/neuron/surrogate.hpp"
#include "tests/estimator/enumerated_error.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/plain_net.hpp"
#include "tests/support/planted.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

// Relative to the largest entry; gradients here have up to 50 terms a step.
constexpr double pathwise_rounding = 1e-12;

const RandomNetOptions mixed{.max_spikes = 40,
                             .max_units = 6,
                             .outputs = {OutputKind::stochastic, OutputKind::stochastic,
                                         OutputKind::deterministic, OutputKind::analog}};

std::vector<double> sample(std::string_view name, const RandomNet& net, std::uint64_t seed,
                           const EstimatorSettings& settings = {}) {
  CounterDraws draws(seed, 0, 0);
  std::vector<double> gradient(net.parameters.size());
  const Problem problem = net.problem();
  ProblemSampler(problem, find_estimator(name), settings).sample(draws, gradient);
  return gradient;
}

/// Calls run(w) with the derivative of each parameter in turn set to 1; gives what it gives.
std::vector<double> each_parameter(const Problem& problem,
                                   const std::function<double(const std::vector<Dual<>>&)>& run) {
  std::vector<double> gradient, direction(problem.parameters.size(), 0.0);
  for (double& d : direction) {
    d = 1.0;
    gradient.push_back(run(along(problem.parameters, direction)));
    d = 0.0;
  }
  return gradient;
}

/// The smoothed stochastic triple: a spike with dual part dp · `slope`, slope 1.
std::vector<double> smoothed_forward(const Problem& problem, std::uint64_t seed, double slope = 1.0) {
  const auto clamp = clamp_of(problem.loss);
  return each_parameter(problem, [&](const std::vector<Dual<>>& w) {
    CounterDraws draws(seed, 0, 0);
    Tape<Dual<>> tape;
    forward<Dual<>>(
        problem.network, w, problem.input, ForwardMode::sampled, clamp ? &*clamp : nullptr,
        [&](const Slot& slot, const Dual<>& p) {
          return Dual<>(draws.below(slot, p.value) ? 1.0 : 0.0, slope * p.derivative);
        },
        tape, 0, problem.dropout_scale);
    return total_loss(problem, tape).derivative;
  });
}

TEST(Smoothed, AgreesWithForwardModeDrawByDraw) {
  std::size_t live = 0;
  for (std::uint64_t seed = 0; seed < 350; ++seed) {
    const RandomNet net = random_net(seed, mixed);
    const auto expected = smoothed_forward(net.problem(), seed);
    EXPECT_LT(distance(sample("smoothed", net, seed), expected), pathwise_rounding) << net.description;
    live += largest(expected) > 0.0;
  }
  EXPECT_GE(live, 200u) << "of the others the gradient is 0";
}

// F5 (docs/findings.md), at any depth, for stochastic nets (with analog layers in some).
TEST(Smoothed, IsTheSurrogateGradientWithTheEscapeDerivativeDrawByDraw) {
  RandomNetOptions options = mixed;
  options.own_surrogates = false;
  options.outputs = {OutputKind::stochastic, OutputKind::stochastic, OutputKind::analog};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const RandomNet net = random_net(seed, options);
    for (const std::uint64_t draw : {seed, seed + 1000})
      EXPECT_LT(distance(sample("surrogate", net, draw), sample("smoothed", net, draw)), pathwise_rounding)
          << net.description;
  }
}

/// φ'(x) of a spiking unit that is not analog, given its population, x and S.
using SlopeAt = std::function<double(const Population&, double x, double spike)>;

double escape_slope(const Population& p, double x) {
  return plain_probability(p, Dual<>(x, 1.0)).derivative;
}
double surrogate_slope(const Population& p, double x) {
  if (!p.surrogate) return escape_slope(p, x);
  return std::visit([x](const auto& g) { return equations::slope(g, x); }, *p.surrogate);
}

/// Forward mode in the second simulator, on the spikes of the trial that `seed` draws. With a width, the
/// target error -(z - S)/Δu at the target's potentials takes the place of the loss;
/// penalties stay.
std::vector<double> plain_forward(const RandomNet& net, std::uint64_t seed, const SlopeAt& slope,
                                  const SlopeAt& analog, double width = 0.0) {
  const Problem problem = net.problem();
  ReferenceTrial engine(problem.objective(), {});
  CounterDraws draws(seed, 0, 0);
  engine.forward(problem, draws);
  return each_parameter(problem, [&](const std::vector<Dual<>>& w) {
    PlainNet<Dual<>> plain(problem, w);
    double at_target = 0.0;
    const Dual<> loss = plain.run([&](std::size_t p, std::size_t t, std::size_t i, const Dual<>& x) {
      const Population& population = net.network.populations()[p];
      const bool is_analog = population.output == OutputKind::analog;
      const double y = is_analog ? plain_probability(population, x.value)
                                 : engine.tape().output[t][net.network.layout(p).unit_offset + i];
      if (width > 0.0 && p == population_of(problem.loss))
        at_target -= ((*target_of(problem.loss))[t][i] - y) / width * x.derivative;
      return Dual<>(y, (is_analog ? analog : slope)(population, x.value, y) * x.derivative);
    });
    return width > 0.0 ? at_target + plain.penalties().derivative : loss.derivative;
  });
}

const SlopeAt f_prime = [](const Population& p, double x, double) { return escape_slope(p, x); };
const SlopeAt g_of_x = [](const Population& p, double x, double) { return surrogate_slope(p, x); };
const SlopeAt one = [](const Population&, double, double) { return 1.0; };
const SlopeAt spike_itself = [](const Population&, double, double spike) { return spike; };

TEST(Surrogate, AgreesWithForwardModeDrawByDraw) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const RandomNet net = random_net(seed, mixed);
    EXPECT_LT(distance(sample("surrogate", net, seed), plain_forward(net, seed, g_of_x, g_of_x)), 1e-10)
        << net.description;
  }
}

TEST(StraightThrough, AgreesWithForwardModeDrawByDraw) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, mixed);
    EXPECT_LT(distance(sample("straight-through", net, seed), plain_forward(net, seed, one, one)), 1e-10)
        << net.description;
  }
}

/// Of a drawn spike; 0 of a deterministic one.
SlopeAt of_drawn(const std::function<double(const Population&, double x, bool spiked)>& slope) {
  return [slope](const Population& p, double x, double spike) {
    return p.output == OutputKind::deterministic ? 0.0 : slope(p, x, spike != 0.0);
  };
}

double plain_event(const Population& p, double x, bool spiked) {
  return plain_probability(p, x, spiked);
}

TEST(Reinmax, AgreesWithForwardModeDrawByDraw) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, mixed);
    const double mix = seed % 3 == 0 ? 1.0 : 0.4;
    const SlopeAt trapezoid = of_drawn([mix](const Population& p, double x, bool spiked) {
      const double tangent = escape_slope(p, x);
      return mix * tangent / (2.0 * plain_event(p, x, spiked)) + (1.0 - mix) * tangent;
    });
    EXPECT_LT(
        distance(sample("reinmax", net, seed, {.mix = mix}), plain_forward(net, seed, trapezoid, f_prime)),
        1e-9)
        << net.description;
  }
}

TEST(StraightThroughGumbel, IsTheMeanSlopeOfTheSoftSpikeGivenTheSpike) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    RandomNetOptions options = mixed;
    options.max_spikes = 15;
    options.escapes = {SigmoidEscape::kind, SuperSpikeEscape::kind};
    const RandomNet net = random_net(seed, options);
    const double temperature = seed % 2 ? 0.5 : 1.0;
    const SlopeAt soft = of_drawn([&](const Population& p, double x, bool spiked) {
      // U is uniform on (0, p) after a spike, on (p, 1) else.
      const double q = plain_event(p, x, true), both = q * (1.0 - q);
      if (both <= 0.0) return 0.0;
      constexpr std::size_t points = 2000;
      double mean = 0.0;
      for (std::size_t i = 0; i < points; ++i) {
        const double y = (static_cast<double>(i) + 0.5) / points;  // denser beside the threshold
        const double u = spiked ? q * (1.0 - y * y) : q + (1.0 - q) * y * y;
        const double z = (std::log(q / (1.0 - q)) - std::log(u / (1.0 - u))) / temperature;
        const double s = 1.0 / (1.0 + std::exp(-z));
        mean += 2.0 * y / points * s * (1.0 - s) / temperature;
      }
      return mean * escape_slope(p, x) / both;
    });
    EXPECT_LT(distance(sample("straight-through-gumbel", net, seed, {.temperature = temperature}),
                       plain_forward(net, seed, soft, f_prime)),
              1e-4)
        << net.description;
  }
}

TEST(MultilayerSpiker, IsTheTargetErrorThroughHiddenSpikes) {
  RandomNetOptions options = mixed;
  options.readouts = false;
  options.losses = {SquaredErrorLoss::kind, VanRossumLoss::kind};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, options);
    const double width = 0.37;
    EXPECT_LT(distance(sample("multilayer-spiker", net, seed, {.target_width = width}),
                       plain_forward(net, seed, spike_itself, f_prime, width)),
              1e-10)
        << net.description;
    EXPECT_LT(distance(sample("surrogate", net, seed, {.target_error = true, .target_width = width}),
                       plain_forward(net, seed, g_of_x, g_of_x, width)),
              1e-10)
        << net.description;
  }
}

TEST(MeanField, IsTheGradientOfTheNetOfProbabilities) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomNetOptions options = mixed;
    if (seed % 2) options.outputs = {OutputKind::stochastic};
    const RandomNet net = random_net(seed, options);
    const auto expected = each_parameter(net.problem(), [&](const std::vector<Dual<>>& w) {
      return PlainNet<Dual<>>(net.problem(), w)
          .run([&](std::size_t p, std::size_t, std::size_t, const Dual<>& x) {
            const Population& population = net.network.populations()[p];
            if (population.output == OutputKind::deterministic) return Dual<>(x.value > 0 ? 1.0 : 0.0);
            return plain_probability(population, x);
          })
          .derivative;
    });
    EXPECT_LT(distance(sample("mean-field", net, seed), expected), 1e-10) << net.description;
  }
}

// On some nets a planted error does not show (no spike early enough); on most it must.
TEST(Pathwise, CheckersRejectPlantedErrors) {
  constexpr std::size_t nets = 20;
  std::size_t planted = 0, slope = 0, draws = 0, pseudo = 0, sign = 0, reset = 0;
  for (std::uint64_t seed = 0; planted < nets; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 40, .max_units = 6, .own_surrogates = false});
    const auto truth = smoothed_forward(net.problem(), seed);
    if (!reset_matters(net.problem()) || clamp_of(net.loss) || largest(truth) < 1e-3) continue;
    ++planted;
    const auto caught = [&](const std::vector<double>& wrong) {
      return distance(wrong, truth) > pathwise_rounding;
    };
    slope += caught(smoothed_forward(net.problem(), seed, 0.999));
    draws += caught(sample("smoothed", net, seed + 1));
    pseudo += caught(sample("straight-through", net, seed));
    auto negative = sample("smoothed", net, seed);
    wrong_sign(negative);
    sign += caught(negative);
    const Network other = without_resets(net.network);
    CounterDraws same(seed, 0, 0);
    std::vector<double> gradient(truth.size());
    const Problem problem = net.problem();
    ProblemSampler(problem, backward_of({.pseudo = PseudoDerivative::smoothed}, other))
        .sample(same, gradient);
    reset += caught(gradient);
  }
  EXPECT_EQ(slope, nets);
  EXPECT_EQ(pseudo, nets);
  EXPECT_EQ(sign, nets);
  EXPECT_GE(draws, nets / 2);
  EXPECT_GE(reset, nets / 2);
}

/// One spiking layer, no recurrence nor adaptation (by which spikes send signals to earlier ones), resets not
/// differentiated, a loss linear in the spikes unless said (a penalty is not).
RandomNet one_layer(std::uint64_t seed, std::vector<std::string_view> resets = {},
                    std::string_view loss = LinearLoss::kind) {
  RandomNetOptions options{.max_spikes = 12, .max_layers = 1};
  options.recurrent = options.adaptive = options.readouts = false;
  options.own_surrogates = options.regularisers = false;
  options.losses = {loss};
  options.resets = std::move(resets);
  RandomNet net = random_net(seed, options);
  std::vector<Population> populations = net.network.populations();
  for (Population& p : populations) p.differentiate_reset = false;
  net.network = Network(net.network.time(), std::move(populations), net.network.connections());
  return net;
}

// F1: given its past spikes, a unit's expected output is p(w), and with g = f' the surrogate gradient is
// Σ_t c_i[t] dp_i[t]/dw: the derivative of E[c·S | past]. So is the smoothed derivative, draw by draw.
TEST(OneLayer, SurrogateIsTheDerivativeOfTheExpectedOutputGivenThePast) {
  std::size_t live = 0;
  for (std::uint64_t seed = 0; seed < 250; ++seed) {
    const RandomNet net = one_layer(seed);
    const auto& coefficients = std::get<LinearLoss>(net.loss).coefficients;
    ReferenceTrial engine(net.problem().objective(), {});
    CounterDraws draws(seed, 0, 0);
    engine.forward(net.problem(), draws);
    const auto expected = each_parameter(net.problem(), [&](const std::vector<Dual<>>& w) {
      Dual<> expected_output(0.0);
      PlainNet<Dual<>>(net.problem(), w)
          .run([&](std::size_t p, std::size_t t, std::size_t i, const Dual<>& x) {
            expected_output += coefficients[t][i] * plain_probability(net.network.populations()[p], x);
            return Dual<>(engine.tape().output[t][net.network.layout(p).unit_offset + i]);
          });
      return expected_output.derivative;
    });
    EXPECT_LT(distance(sample("surrogate", net, seed), expected), pathwise_rounding) << net.description;
    EXPECT_LT(distance(sample("smoothed", net, seed), expected), pathwise_rounding) << net.description;
    live += largest(expected) > 0.0;
  }
  EXPECT_GE(live, 200u) << "of the others the gradient is 0";
}

// One layer whose loss is quadratic in its spikes: the trapezoid rule is exact, the tangent is not.
TEST(OneLayer, ReinmaxIsExactForQuadraticLosses) {
  std::size_t biased = 0, nets = 0;
  for (std::uint64_t seed = 0; nets < 60; ++seed) {
    const RandomNet net = one_layer(seed, {"none"}, SquaredErrorLoss::kind);
    if (!std::holds_alternative<SquaredErrorLoss>(net.loss)) continue;
    ++nets;
    const auto exact = exact_gradient(net.problem()).gradient;
    const auto mean = [&](const char* name) {
      return enumerate(net.problem(), find_estimator(name)).gradient;
    };
    EXPECT_LT(distance(mean("reinmax"), exact), 1e-10) << net.description;
    biased += distance(mean("smoothed"), exact) > 1e-3;
  }
  EXPECT_GT(biased, 20u);
}

// Without memory of spikes (binary units, or no reset) the past does not matter: the surrogate gradient's
// mean is dE[L]/dw. With a hidden layer it is not (F2): the check has something to see.
TEST(OneLayer, MeanSurrogateIsTheExactGradientWhereThePastDoesNotMatter) {
  const EstimatorFactory surrogate = factory("surrogate");
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const RandomNet net = one_layer(seed, {"none"});
    EXPECT_LT(enumerated_error(net, surrogate), 1e-12) << net.description;
  }
  std::size_t biased = 0, deep = 0;
  for (std::uint64_t seed = 0; deep < 60; ++seed) {
    RandomNetOptions options{.max_spikes = 8, .lif = false, .readouts = false, .own_surrogates = false};
    options.losses = {LinearLoss::kind};
    options.hidden_losses = options.regularisers = false;
    options.dropout = false;  // a hidden layer that sends nothing biases nothing
    const RandomNet net = random_net(seed, options);
    if (net.network.populations().size() < 3) continue;
    ++deep;
    biased += enumerated_error(net, surrogate) > 1e-3;
  }
  EXPECT_GT(biased, 50u);
}

}  // namespace
}  // namespace spikegrad
