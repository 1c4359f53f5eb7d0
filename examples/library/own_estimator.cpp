// SPDX-License-Identifier: Apache-2.0
// Two estimators that the library does not have, written against its interface and compared with those it has.
#include <cmath>
#include <cstdio>
#include <spikegrad/spikegrad.hpp>

using namespace spikegrad;

// One pass is a learning signal: here that of surrogate gradients, the net sending probabilities for spikes.
struct MeanFieldSurrogate : MethodDefaults {
  static constexpr std::string_view name = "mean-field-surrogate", source = "an example";
  static constexpr std::string_view summary = "surrogate gradient of the net of probabilities";
  static constexpr std::string_view bias = "of the mean-field model, and from g != f'";
  static constexpr bool deterministic = true;
  static LearningSignal signal(const EstimatorSettings&, const Objective&) {
    return {.forward = ForwardMode::mean_field, .pseudo = PseudoDerivative::surrogate};
  }
};

// More passes make a class: a score function whose baseline is the loss of another, independent trial.
class TwinBaseline final : public Estimator, public MethodDefaults {
 public:
  static constexpr std::string_view name = "score-twin", source = "an example", bias = "none";
  static constexpr std::string_view summary = "score function, baseline the loss of a second trial";
  static constexpr std::string_view cost = "2 forward passes and 1 backward pass";
  static constexpr bool unbiased = true;
  static PassCount passes(const EstimatorSettings&, const Objective&) {
    return {.forward = 2, .backward = 1};
  }

  TwinBaseline(const EstimatorSettings&, Engine& engine)
      : forward_(engine.prepare({})), scored_(engine.prepare({.score = true})) {}

  void gradient(const Batch& batch, const BatchResults& results) override {
    std::vector<Sample> twins(batch.samples.begin(), batch.samples.end()), own = twins;
    for (Sample& twin : twins) twin.trial = 2 * twin.trial + 1;  // the trial names the draws
    std::vector<SampleOutcome> outcomes(twins.size());
    forward_->run({batch.parameters, twins, batch.seed, batch.dropout, batch.done}, {.outcomes = outcomes});
    for (std::size_t k = 0; k < own.size(); ++k) {
      own[k].trial *= 2;
      own[k].baseline = outcomes[k].total();
    }
    scored_->run({batch.parameters, own, batch.seed, batch.dropout, batch.done}, results);
  }
  std::size_t bytes(std::size_t samples) const override {
    return forward_->bytes(samples) + scored_->bytes(samples);
  }

 private:
  std::unique_ptr<Pass> forward_, scored_;
};

int main() {
  const Network network(
      {.dt = 1e-3, .steps = 2},
      {{.name = "x", .unit = InputUnit{}, .shape = {.positions = 4}},
       {.name = "h", .unit = Binary{}, .shape = {.positions = 2}, .escape = SigmoidEscape{.beta = 3.0}},
       {.name = "o", .unit = Binary{}, .shape = {.positions = 1}, .escape = SigmoidEscape{.beta = 3.0}}},
      {{.from = 0, .to = 1, .kind = Dense{}}, {.from = 1, .to = 2, .kind = Dense{}}});
  const auto weights = initial_parameters(
      network, {NormalInitialiser{.mean = 0.5, .std = 0.3}, NormalInitialiser{.mean = 0.8, .std = 0.3}}, 1);
  const Input input{{poisson_raster(network.time(), 4, 700.0, 1, 0), {}, {}}};
  const Loss loss = SquaredErrorLoss{.population = 2, .target = Grid<double>(2, 1, 1.0)};
  const Problem problem{network, weights, input, loss};

  const EstimatorInfo twin = estimator_info<TwinBaseline>();
  const Comparison result =
      compare(problem, {.estimators = {"score", "surrogate", "mean-field-surrogate", "score-twin"},
                        .samples = 4000,
                        .own = {estimator_info<MeanFieldSurrogate>(), twin}});
  for (const EstimatorQuality& q : result.estimators)
    std::printf("%-22s bias %6.3f +- %5.3f  variance %7.4f\n", q.name.c_str(), q.bias, q.bias_std_error,
                q.variance);

  // Without sampling: the estimator is run over all its draws.
  const std::vector<double> mean = enumerate(problem, twin).gradient;
  double error = 0.0;
  for (std::size_t i = 0; i < mean.size(); ++i)
    error = std::max(error, std::abs(mean[i] - result.truth.gradient[i]));
  std::printf("score-twin is unbiased: %s\n", error < 1e-12 ? "yes" : "no");
}
