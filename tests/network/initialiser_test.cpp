// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/network/initialiser.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/kinds.hpp"
#include "spikegrad/data/poisson.hpp"
#include "spikegrad/engine/reference/forward.hpp"

namespace spikegrad {
namespace {

// |z| beyond this fails: two-sided false-alarm rate 6e-5 a comparison.
constexpr double largest_z = 4.0;

Population make(const std::string& name, const Unit& unit, std::size_t size) {
  Population population;
  population.name = name;
  population.unit = unit;
  population.shape = {1, size};
  return population;
}

/// x [n] → h [m], and h → h where `recurrent`.
Network small_network(std::size_t n, std::size_t m, bool recurrent = false, const Unit& unit = Lif{}) {
  std::vector<Connection> connections{{0, 1, Dense{}}};
  if (recurrent) connections.push_back({1, 1, Dense{}});
  return Network({1e-3, 10}, {make("x", InputUnit{}, n), make("h", unit, m)}, connections);
}

std::vector<double> draw(const Initialiser& initialiser, const Network& network, std::size_t block,
                         std::uint64_t seed) {
  std::vector<double> weights(network.blocks()[block].size);
  initialise(initialiser, network, block, seed, weights);
  return weights;
}

struct Moments {
  double mean, variance;
  double kurtosis;  ///< E(w - mean)^4 / variance²: 3 normal, 1.8 uniform
};

/// The larger of the two |z| of the sample's mean and variance about the mean it should have.
double worst_z(const std::vector<double>& weights, const Moments& expected) {
  const auto n = static_cast<double>(weights.size());
  double mean = 0.0, variance = 0.0;
  for (const double w : weights) {
    mean += w / n;
    variance += (w - expected.mean) * (w - expected.mean) / n;
  }
  const double z_mean = (mean - expected.mean) / std::sqrt(expected.variance / n);
  const double z_variance =
      (variance - expected.variance) / (expected.variance * std::sqrt((expected.kurtosis - 1.0) / n));
  return std::max(std::abs(z_mean), std::abs(z_variance));
}

struct DrawnInitialiser {
  Initialiser initialiser;
  Moments moments;  ///< on x [200] → h [200]
};

std::vector<DrawnInitialiser> drawn_initialisers() {
  // σ_u = 1.3, ν = 20 Hz, one feed-forward connection: σ_w² = σ_u²/(n ν ε̂).
  const double variance = 1.3 * 1.3 / (200 * 20.0 * response_power(Lif{}, 1e-3));
  return {{NormalInitialiser{.mean = 0.5, .std = 2.0}, {0.5, 4.0, 3.0}},
          {UniformInitialiser{.low = -1.0, .high = 3.0}, {1.0, 16.0 / 12.0, 1.8}},
          {KaimingInitialiser{}, {0.0, 2.0 / 200.0, 3.0}},
          {FluctuationDrivenInitialiser{.sigma_u = 1.3, .nu = 20.0}, {0.0, variance, 3.0}},
          {ReadoutInitialiser{}, {0.0, 1.0 / 200.0, 3.0}},
          {OrthogonalInitialiser{.gain = 0.5}, {0.0, 0.25 / 200.0, 3.0}}};
}

TEST(Initialiser, EveryMemberHasItsMoments) {
  const Network network = small_network(200, 200);
  for (const DrawnInitialiser& member : drawn_initialisers())
    EXPECT_LT(worst_z(draw(member.initialiser, network, 0, 1), member.moments), largest_z)
        << kind_of(member.initialiser);
  // Constant is the member without moments.
  EXPECT_EQ(drawn_initialisers().size() + 1, std::variant_size_v<Initialiser>);
  EXPECT_EQ(draw(ConstantInitialiser{.value = 0.25}, network, 0, 1), std::vector<double>(40000, 0.25));
}

TEST(Initialiser, TheMomentCheckCatchesPlantedErrors) {
  const Network network = small_network(200, 200);
  for (const DrawnInitialiser& member : drawn_initialisers()) {
    Moments wider = member.moments, shifted = member.moments;
    wider.variance *= 1.06;
    shifted.mean += 0.05 * std::sqrt(shifted.variance);
    const auto weights = draw(member.initialiser, network, 0, 1);
    EXPECT_GT(worst_z(weights, wider), largest_z) << kind_of(member.initialiser);
    EXPECT_GT(worst_z(weights, shifted), largest_z) << kind_of(member.initialiser);
  }
}

TEST(Initialiser, WeightsAreKeyedByBlockAndPlace) {
  const Initialiser normal = NormalInitialiser{};
  const Network small = small_network(3, 4, true), large = small_network(300, 4, true);
  const auto weights = draw(normal, small, 1, 7);
  EXPECT_EQ(weights, draw(normal, small, 1, 7));
  EXPECT_EQ(weights, draw(normal, large, 1, 7));  // another size of block 0
  EXPECT_NE(weights, draw(normal, small, 1, 8));
  const auto other_block = draw(normal, small, 0, 7);
  for (std::size_t k = 0; k < other_block.size(); ++k) EXPECT_NE(weights[k], other_block[k]);
}

/// The largest distance of the products of any two rows (or columns) from those of an orthogonal block of that gain.
double worst_product(const std::vector<double>& weights, std::size_t vectors, std::size_t length,
                     bool columns, double gain) {
  double worst = 0.0;
  for (std::size_t a = 0; a < vectors; ++a)
    for (std::size_t b = 0; b < vectors; ++b) {
      double product = a == b ? -gain * gain : 0.0;
      for (std::size_t k = 0; k < length; ++k)
        product += columns ? weights[k * vectors + a] * weights[k * vectors + b]
                           : weights[a * length + k] * weights[b * length + k];
      worst = std::max(worst, std::abs(product));
    }
  return worst;
}

TEST(Initialiser, OrthogonalBlocksHaveOrthogonalRowsOrColumns) {
  const Initialiser orthogonal = OrthogonalInitialiser{.gain = 0.7};
  const auto square = draw(orthogonal, small_network(30, 30), 0, 3),
             wide = draw(orthogonal, small_network(50, 20), 0, 3),
             tall = draw(orthogonal, small_network(20, 50), 0, 3);
  EXPECT_LT(worst_product(square, 30, 30, false, 0.7), 1e-14);
  EXPECT_LT(worst_product(square, 30, 30, true, 0.7), 1e-14);
  EXPECT_LT(worst_product(wide, 20, 50, false, 0.7), 1e-14);
  EXPECT_LT(worst_product(tall, 20, 50, true, 0.7), 1e-14);
  EXPECT_GT(worst_product(tall, 20, 50, false, 0.7), 1e-3);  // cannot be: what the check is worth
  EXPECT_NE(square, draw(orthogonal, small_network(30, 30), 0, 4));
}

TEST(Initialiser, OrthogonalIsNotForBiases) {
  std::vector<double> delays(5);
  try {
    draw_delays(OrthogonalInitialiser{}, 0, 1, delays);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("'orthogonal' is for weights"), std::string::npos);
  }
}

// The response of the current-based LIF unit is κ[k] = (1-λ_m)(λ_m^k - λ_s^k)/(λ_m - λ_s); its sum of squares
// is a sum of three geometric series.
TEST(ResponsePower, IsTheGeometricSum) {
  for (const auto& [tau_mem, tau_syn] : {std::pair{10e-3, 5e-3}, {5e-3, 10e-3}, {20e-3, 1e-4}, {1.0, 5e-3}}) {
    Lif unit;
    unit.tau_mem = tau_mem;
    unit.tau_syn = tau_syn;
    unit.threshold = 0.7;
    const double dt = 1e-3, m = std::exp(-dt / tau_mem), s = std::exp(-dt / tau_syn);
    const double gain = (1.0 - m) / (m - s);
    const double power = gain * gain * (1.0 / (1.0 - m * m) + 1.0 / (1.0 - s * s) - 2.0 / (1.0 - m * s)) * dt;
    EXPECT_NEAR(response_power(unit, dt) / power, 1.0, 1e-9) << tau_mem << " " << tau_syn;
    Readout readout;
    readout.tau_mem = tau_mem;
    readout.tau_syn = tau_syn;
    EXPECT_NEAR(response_power(readout, dt) / power, 1.0, 1e-9);
  }
  EXPECT_EQ(response_power(Binary{}, 2e-3), 2e-3);
}

// As dt → 0: ε̂ → τ_s²/(2(τ_s + τ_m)) (docs/derivations.md, section 13); the error is of first order in dt.
TEST(ResponsePower, HasTheContinuousLimit) {
  const double limit = 5e-3 * 5e-3 / (2 * (5e-3 + 10e-3));
  const double coarse = response_power(Lif{}, 1e-4) / limit - 1.0,
               fine = response_power(Lif{}, 1e-5) / limit - 1.0;
  EXPECT_LT(std::abs(fine), 3e-3);
  EXPECT_NEAR(coarse / fine, 10.0, 0.5);
}

TEST(Initialiser, SharesTheVarianceAmongConnections) {
  const auto spread = [](const Network& network, std::size_t block, double alpha) {
    FluctuationDrivenInitialiser settings;
    settings.alpha = alpha;
    return settings.make(afferent_of(network, block)).spread;
  };
  // One feed-forward connection of 4 units and one recurrent of 9: variances α/4 and (1-α)/9.
  const Network both = small_network(4, 9, true);
  EXPECT_NEAR(spread(both, 1, 0.9) / spread(both, 0, 0.9), std::sqrt((0.1 / 9) / (0.9 / 4)), 1e-12);
  // Without recurrence α does not matter.
  const Network forward_only = small_network(4, 9);
  EXPECT_EQ(spread(forward_only, 0, 0.3), spread(forward_only, 0, 1.0));
  EXPECT_NEAR(spread(both, 0, 0.9) / spread(forward_only, 0, 0.9), std::sqrt(0.9), 1e-12);
  // Two feed-forward connections share.
  const Network two({1e-3, 10}, {make("a", InputUnit{}, 4), make("b", InputUnit{}, 4), make("h", Lif{}, 9)},
                    {{0, 2, Dense{}}, {1, 2, Dense{}}});
  EXPECT_NEAR(spread(two, 1, 1.0) / spread(forward_only, 0, 1.0), std::sqrt(0.5), 1e-12);
  // The fan-in of a convolution is channels · kernel.
  Population x = make("x", InputUnit{}, 10), h = make("h", Lif{}, 8);
  x.shape = {2, 10};
  const Network conv({1e-3, 10}, {x, h}, {{0, 1, Conv1d{3, 1, 0}}});
  EXPECT_NEAR(spread(conv, 0, 1.0) / spread(forward_only, 0, 1.0), std::sqrt(4.0 / 6.0), 1e-12);
}

TEST(Initialiser, RefusesWhatIsNotFinite) {
  Lif frozen;
  frozen.tau_mem = 1e300;  // 1 - λ_m is 0: the unit does not respond at all
  const Network network = small_network(2, 2, false, frozen);
  EXPECT_THROW(draw(FluctuationDrivenInitialiser{}, network, 0, 1), UserError);
  EXPECT_THROW(draw(UniformInitialiser{.low = -1.7e308, .high = 1.7e308}, network, 0, 1), UserError);
}

// The purpose of fluctuation-driven weights: under independent presynaptic spikes at rate ν the potential
// fluctuates with standard deviation σ_u. The difference of the potentials under two independent inputs, over
// √2, has no mean and the variance σ_u² (1 - p), p = ν dt the probability of a spike in a step (a Bernoulli
// step is that much narrower than a Poisson one).
std::vector<double> squared_fluctuations(double sigma_u) {
  constexpr std::size_t inputs = 100, units = 50, steps = 150;  // 15 τ_m: stationary at the end
  const TimeGrid time{1e-3, steps};
  const Network network(time, {make("x", InputUnit{}, inputs), make("h", Readout{}, units)},
                        {{0, 1, Dense{}}});
  const double rate = 50.0, p = 1.0 - std::exp(-rate * time.dt);
  const Initialiser initialiser = FluctuationDrivenInitialiser{.sigma_u = sigma_u, .nu = p / time.dt};
  const auto never = [](const Slot&, double) { return 0.0; };  // nothing is drawn: a readout does not spike
  std::vector<double> means;
  for (std::uint64_t run = 0; run < 100; ++run) {
    const auto weights = draw(initialiser, network, 0, run);
    Tape<double> tapes[2];
    for (std::size_t k = 0; k < 2; ++k) {
      const Input input{{poisson_raster(time, inputs, rate, 2 * run + k, 0), {}}};
      forward<double>(network, weights, input, ForwardMode::sampled, nullptr, never, tapes[k]);
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < units; ++i) {
      const double d =
          tapes[0].outputs_of(network, 1, steps - 1)[i] - tapes[1].outputs_of(network, 1, steps - 1)[i];
      sum += 0.5 * d * d;
    }
    means.push_back(sum / units / (1.0 - p));
  }
  return means;
}

/// z of the mean of independent numbers against what it should be.
double z_of_mean(const std::vector<double>& numbers, double expected) {
  const auto n = static_cast<double>(numbers.size());
  double mean = 0.0, variance = 0.0;
  for (const double x : numbers) mean += x / n;
  for (const double x : numbers) variance += (x - mean) * (x - mean) / (n - 1.0);
  return (mean - expected) / std::sqrt(variance / n);
}

TEST(Initialiser, FluctuationDrivenPotentialsFluctuateBySigma) {
  for (const double sigma_u : {0.7, 1.3}) {
    const auto measured = squared_fluctuations(sigma_u);
    EXPECT_LT(std::abs(z_of_mean(measured, sigma_u * sigma_u)), largest_z);
    // A planted error of 15 % in σ_u is caught.
    EXPECT_GT(std::abs(z_of_mean(measured, 1.15 * 1.15 * sigma_u * sigma_u)), largest_z);
  }
}

TEST(Initialiser, ParametersToBeginWith) {
  Population h = make("h", Lif{}, 4);
  h.bias = true;
  h.learn_time_constants = LearnTimeConstants::unit;
  const Network network({1e-3, 10}, {make("x", InputUnit{}, 3), h}, {{0, 1, Dense{}}, {1, 1, Dense{}}});
  const std::vector<double> w =
      initial_parameters(network, {NormalInitialiser{}, ConstantInitialiser{.value = 0.25}}, 5);
  ASSERT_EQ(w.size(), network.parameter_count());
  const auto drawn = draw(NormalInitialiser{}, network, 0, 5);
  EXPECT_TRUE(std::equal(drawn.begin(), drawn.end(), w.begin()));
  for (const ParameterBlock& block : network.blocks())
    for (std::size_t k = block.offset; k < block.offset + block.size; ++k) {
      const double expected = block.name == "h->h"            ? 0.25
                              : block.name == "h.log_tau_mem" ? std::log(Lif{}.tau_mem)
                              : block.name == "h.log_tau_syn" ? std::log(Lif{}.tau_syn)
                                                              : 0.0;
      if (block.name != "x->h") {
        EXPECT_EQ(w[k], expected) << block.name;
      }
    }
}

TEST(Initialiser, ChecksWhatItIsGiven) {
  const Network network = small_network(2, 2);
  std::vector<double> few(1), enough(4);
  EXPECT_THROW(initialise(NormalInitialiser{}, network, 0, 1, few), UserError);
  EXPECT_THROW(initialise(NormalInitialiser{}, network, 1, 1, enough), UserError);
  EXPECT_THROW(initialise(NormalInitialiser{.std = -1.0}, network, 0, 1, enough), UserError);
  EXPECT_THROW(initialise(UniformInitialiser{.low = 1.0, .high = 0.0}, network, 0, 1, enough), UserError);
  EXPECT_THROW(initial_parameters(network, {}, 1), UserError);
}

}  // namespace
}  // namespace spikegrad
