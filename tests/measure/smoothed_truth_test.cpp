// SPDX-License-Identifier: Apache-2.0
// The derivative of the smoothed loss against its closed form. A deterministic unit with inputs x and threshold θ, whose
// loss is its spike, has
//
//   L_σ(w) = Φ((w x - θ)/(σ |x|)),   dL_σ/dw_i = x_i/(σ |x|) φ((w x - θ)/(σ |x|)).
#include "spikegrad/measure/smoothed_truth.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "spikegrad/core/error.hpp"
#include "spikegrad/measure/compare.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {
namespace {

Model one_unit() {
  return parse_model(R"(
seed = 4
[time]
dt = 1e-3
steps = 1
[[population]]
name = "x"
kind = "input"
size = 3
[[population]]
name = "y"
kind = "binary"
size = 1
threshold = 0.4
output = "deterministic"
surrogate = { kind = "gaussian" }
[[connection]]
from = "x"
to = "y"
weights = [[0.5, -0.3, 0.2]]
[input]
kind = "values"
values = [1.0, 2.0, -1.0]
[loss]
kind = "linear"
population = "y"
coefficients = [1]
)",
                     "one-unit.toml");
}

struct ClosedForm {
  std::vector<double> gradient;
  double loss;
};

ClosedForm closed_form(double sigma) {
  const std::vector<double> w{0.5, -0.3, 0.2}, x{1.0, 2.0, -1.0};
  const double length = norm(x), z = (dot(w, x) - 0.4) / (sigma * length),
               density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
  ClosedForm form{{}, 0.5 * std::erfc(-z / std::numbers::sqrt2)};
  for (const double value : x) form.gradient.push_back(value / (sigma * length) * density);
  return form;
}

/// Largest |z| of the components against the closed form, the loss among them where it has an error.
double largest_z(const GradientTruth& truth, const ClosedForm& form, double scale = 1.0) {
  double largest = 0.0;
  for (std::size_t i = 0; i < form.gradient.size(); ++i)
    largest = std::max(largest, std::abs(truth.gradient[i] * scale - form.gradient[i]) / truth.std_error[i]);
  return largest;
}

// Twelve numbers with normal errors: beyond 4.5 once in 10^4 times. Seeds are fixed.
TEST(SmoothedTruth, IsTheClosedFormOfOneUnit) {
  const Model model = one_unit();
  for (const double sigma : {0.1, 0.3, 1.0, 3.0}) {
    const GradientTruth truth = smoothed_gradient(model.problem(), sigma, {.samples = 40'000, .seed = 7});
    EXPECT_LT(largest_z(truth, closed_form(sigma)), 4.5) << sigma;
    EXPECT_NEAR(truth.loss, closed_form(sigma).loss, 0.02) << sigma;
    EXPECT_EQ(truth.method, "smoothed");
    EXPECT_GT(norm(truth.gradient), 10.0 * norm(truth.std_error)) << sigma;
  }
}

// Planted errors: a factor of 5 %, and a σ that is not the one asked for.
TEST(SmoothedTruth, AWrongFactorAndAWrongSigmaAreSeen) {
  const Model model = one_unit();
  const GradientTruth truth = smoothed_gradient(model.problem(), 0.3, {.samples = 40'000, .seed = 7});
  EXPECT_GT(largest_z(truth, closed_form(0.3), 1.05), 4.5);
  EXPECT_GT(largest_z(truth, closed_form(0.2)), 4.5);
}

TEST(SmoothedTruth, DoesNotDependOnThreads) {
  const Model model = one_unit();
  const auto with = [&](unsigned threads) {
    return smoothed_gradient(model.problem(), 0.3, {.samples = 500, .seed = 7, .threads = threads}).gradient;
  };
  EXPECT_EQ(with(1), with(3));
}

TEST(SmoothedTruth, ComparesTheSurrogateOfADeterministicNet) {
  const Model model = one_unit();
  const Comparison c = compare(model.problem(), {.estimators = {"surrogate", "counterfactual"},
                                                 .samples = 2000,
                                                 .truth = TruthMethod::smoothed,
                                                 .sigma = 0.5});
  EXPECT_EQ(c.truth.method, "smoothed");
  EXPECT_NEAR(c.estimators[0].cosine, 1.0, 0.01)
      << "one unit: any surrogate points along the weights' gradient";
  // It finds the derivative of the staircase, 0, which is not what is asked for: no word of chance.
  EXPECT_FALSE(c.estimators[1].unbiased);
}

TEST(SmoothedTruth, RefusesWhatIsNoScale) {
  const Model model = one_unit();
  for (const double sigma : {0.0, -1.0, std::nan("")})
    EXPECT_THROW(smoothed_gradient(model.problem(), sigma, {.samples = 10}), UserError);
}

}  // namespace
}  // namespace spikegrad
