// SPDX-License-Identifier: Apache-2.0
// F3 and F4 rest on measure/ (whose scans, loops and curls have tests of their own); here: the decisions.
#include <gtest/gtest.h>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f3_landscapes.hpp"
#include "spikegrad/findings/findings.hpp"
#include "spikegrad/findings/random_stack.hpp"
#include "spikegrad/measure/gradient_field.hpp"

namespace spikegrad {
namespace {

const FindingRow& row_with(const FindingResult& result, const std::string& text) {
  for (const FindingRow& row : result.rows)
    if (row.quantity.find(text) != std::string::npos) return row;
  throw std::runtime_error("no row with " + text);
}

TEST(Estimate, JackknifeOfAMeanIsItsStandardError) {
  const std::vector<double> v{1.0, 2.0, 4.0, 7.0};  // variance 7
  EXPECT_DOUBLE_EQ(mean_of(v).value, 3.5);
  EXPECT_NEAR(mean_of(v).std_error, std::sqrt(7.0 / 4.0), 1e-12);
}

TEST(Estimate, RatioOfSumsHasTheErrorOfItsParts) {
  const std::vector<double> ones{1.0, 1.0, 1.0}, v{1.0, 2.0, 3.0};
  EXPECT_DOUBLE_EQ(ratio_of_sums(v, ones).value, 2.0);
  EXPECT_NEAR(ratio_of_sums(v, ones).std_error, mean_of(v).std_error, 1e-12);
  const std::vector<double> twice{2.0, 4.0, 6.0};
  EXPECT_NEAR(ratio_of_sums(twice, v).std_error, 0.0, 1e-12);
  // By hand: lengths 3 and 1 of differences, 4 and 6 of references. (3 + 1)/(4 + 6), not (3/4 + 1/6)/2; the
  // jackknife's values are 1/6 and 3/4, each 7/24 from their mean, so the error is sqrt(1/2 · 2) · 7/24.
  const std::vector<double> differences{3.0, 1.0}, references{4.0, 6.0};
  EXPECT_DOUBLE_EQ(ratio_of_sums(differences, references).value, 0.4);
  EXPECT_NEAR(ratio_of_sums(differences, references).std_error, 7.0 / 24.0, 1e-12);
  EXPECT_EQ(ratio_of_sums(differences, references).repetitions, 2u);
}

TEST(RandomStack, IsTheFilesNetWithOtherWeights) {
  const Model base = load_experiment("layers-lif");
  const Model stack =
      random_stack(base, {.depth = 3, .width = 2, .beta = 7.0, .reset = Reset::none, .steps = 7}, 1, 5);
  ASSERT_EQ(stack.network.populations().size(), 4u);
  EXPECT_EQ(stack.network.stochastic_spike_count(), 7u * 5u);
  EXPECT_EQ(population_of(stack.loss), 3u);
  for (std::size_t p = 1; p < 4; ++p) {
    EXPECT_EQ(std::get<SigmoidEscape>(stack.network.populations()[p].escape).beta, 7.0);
    EXPECT_EQ(std::get<Lif>(stack.network.populations()[p].unit).reset, Reset::none);
  }
  EXPECT_EQ(stack.parameters, random_stack(base, {.depth = 3, .width = 2, .steps = 7}, 1, 5).parameters);
  EXPECT_NE(stack.parameters, random_stack(base, {.depth = 3, .width = 2, .steps = 7}, 1, 6).parameters);
}

TEST(OppositeSign, HoldsAndTheTrueSlopeIsItsControl) {
  Progress quiet;
  const FindingResult result = find_finding("F3").measure({}, quiet);
  for (const FindingRow& row : result.rows)
    EXPECT_EQ(row.verdict, Verdict::holds) << row.quantity << " = " << row.value;
  // The ends of the interval against the sign of the fields themselves.
  const double from = row_with(result, "β_SG = 30: signs differ from").value,
               to = row_with(result, "β_SG = 30: signs differ up to").value;
  const Model model = load_experiment("sign-flip");
  GradientField truth = true_field(model.problem(), {}),
                field(model.problem(), "surrogate", model.field.surrogates[1], {});
  for (const double w : {from - 1e-3, from + 1e-3, 0.5 * (from + to), to - 1e-3, to + 1e-3}) {
    auto parameters = model.parameters;
    parameters[0] = w;
    EXPECT_EQ(truth.at(parameters).gradient[0] * field.at(parameters).gradient[0]<0.0, w> from && w < to)
        << w;
  }
  for (const Figure& figure : result.figures) EXPECT_NO_THROW(check(figure));
}

TEST(OppositeSign, OnlyTheTrueGradientHasALandscapeWhateverThePath) {
  const std::vector<GradientLandscape> all = gradient_landscapes({.threads = 1});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_LT(all[2].apart, 0.01 * all[2].range);
  EXPECT_GT(all[0].apart, 0.2 * all[0].range);
  EXPECT_GT(all[1].apart, 0.2 * all[1].range);
  // y = f(f(v1) - f(v2)), slopes 20 and the first unit on; and where that falls is where the arrows point.
  const auto f = [](double x) { return 1.0 / (1.0 + std::exp(-20.0 * x)); };
  const double on = f(1.0);
  const auto y = [&](double v1, double v2) { return f(f(v1 * on) - f(v2 * on)); };
  const GradientLandscape& own = all[2];
  const std::size_t n = own.axis.size();
  for (const auto& [column, row] :
       {std::pair{n - 1, std::size_t{0}}, {n / 2, n / 2}, {n - 1, n - 1}, {n / 3, n - 1}})
    EXPECT_NEAR(own.v1_first[row * n + column], y(own.axis[column], own.axis[row]) - y(-2.0, -2.0), 0.01);
  std::size_t downhill = 0;
  for (std::size_t k = 0; k < own.arrows.x.size(); ++k) {
    if (own.arrows.dx[k] == 0.0 && own.arrows.dy[k] == 0.0) continue;
    const double step = 1e-3, x = own.arrows.x[k], z = own.arrows.y[k];
    EXPECT_LT(y(x + step * own.arrows.dx[k], z + step * own.arrows.dy[k]), y(x, z));
    ++downhill;
  }
  EXPECT_GT(downhill, 5u);
}

TEST(NoSurrogateLossSlow, HoldsAndTheNetOfThatSlopeIsItsControl) {
  Progress quiet;
  const FindingResult result = find_finding("F4").measure({}, quiet);
  for (const char* beta : {"1", "5", "20"})
    EXPECT_LT(std::abs(row_with(result, std::string("the net of slope β = ") + beta).value),
              1e-3 * std::abs(row_with(result, std::string("surrogate, β_SG = ") + beta).value))
        << beta;
  for (const FindingRow& row : result.rows)
    EXPECT_EQ(row.verdict, Verdict::holds) << row.quantity << " = " << row.value;
  for (const Figure& figure : result.figures) EXPECT_NO_THROW(check(figure));
}

}  // namespace
}  // namespace spikegrad
