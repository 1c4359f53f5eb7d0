// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/gradient_field.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {
namespace {

std::vector<GradientField> truth_and_surrogate(const Model& model, double beta) {
  std::vector<GradientField> fields;
  fields.push_back(true_field(model.problem(), {}));
  fields.emplace_back(model.problem(), "surrogate", SigmoidSurrogate{beta}, FieldSampling{});
  return fields;
}

TEST(Scan, IntegralOfTheTruthIsTheLoss) {
  const Model model = parse_model(models::analog, "analog");
  auto fields = truth_and_surrogate(model, 10.0);
  Progress quiet;
  const Scan result = scan(fields, model.parameters, 0, -1.0, 1.0, 2001, quiet);
  // Trapezoidal rule with h = 1e-3 on a function whose second derivative is below β² ~ 100: error below 1e-4.
  for (std::size_t k = 0; k < result.at.size(); k += 100)
    EXPECT_NEAR(result.curves[0].integral[k], result.loss[k] - result.loss[0], 1e-4);
  EXPECT_TRUE(result.curves[1].opposite_sign.empty())
      << "a surrogate equal to f' is the truth of an analog net";
}

// The study's own case (docs/derivations.md, section 11, F3): steep units, a shallow surrogate.
TEST(Scan, FindsWhereTheSignsDiffer) {
  const std::vector<std::string> steep = {"population.g.escape.beta=100", "population.h.escape.beta=100",
                                          "population.y.escape.beta=100"};
  const Model model = parse_model(models::analog, "analog", steep);
  auto fields = truth_and_surrogate(model, 15.0);
  Progress quiet;
  const Scan result = scan(fields, model.parameters, 0, -0.2, 0.2, 401, quiet);
  ASSERT_FALSE(result.curves[1].opposite_sign.empty());
  const auto inside = [&](double w) {
    for (const auto& [a, b] : result.curves[1].opposite_sign)
      if (w >= a && w <= b) return true;
    return false;
  };
  for (std::size_t k = 0; k < result.at.size(); ++k)
    EXPECT_EQ(inside(result.at[k]), result.curves[0].derivative[k] * result.curves[1].derivative[k] < 0.0)
        << k;
  EXPECT_THROW(scan(fields, model.parameters, 0, 0.0, 1.0, 1, quiet), UserError);
}

// The circle of radius 1/2 about 0 in the plane of two directions.
const LoopPath path{0.5, {1, 0, 0.5, 0, 1}, {0, 1, 0.5, 1, 0}};

TEST(Loop, GradientIntegratesToZeroAndSurrogateDoesNot) {
  const Model model = parse_model(models::analog, "analog");
  auto fields = truth_and_surrogate(model, 1.0);
  Progress quiet;
  const Loop result = loop(fields, path, 100, quiet);
  EXPECT_NEAR(result.curves[0].closed, 0.0, 1e-12);
  EXPECT_GT(result.curves[0].absolute, 1e-3);
  EXPECT_GT(std::abs(result.curves[1].closed), 1e-4 + 10 * result.curves[1].error);
  for (std::size_t k = 0; k < result.angle.size(); k += 10)
    EXPECT_NEAR(result.curves[0].integral[k], result.loss[k] - result.loss[0], 1e-9);
}

TEST(Loop, NamesDirectionsOfTheWrongSize) {
  const Model model = parse_model(models::analog, "analog");
  auto fields = truth_and_surrogate(model, 1.0);
  Progress quiet;
  EXPECT_THROW(loop(fields, {1.0, {1, 0}, {0, 1}}, 100, quiet), UserError);
}

TEST(Curl, ExactGradientIsSymmetricAndSurrogateIsNot) {
  const Model model = parse_model(models::two_layers, "two-layers");
  auto fields = truth_and_surrogate(model, 1.0);
  const Curl truth = curl(fields[0], model.parameters, 1e-4),
             surrogate = curl(fields[1], model.parameters, 1e-4);
  EXPECT_LT(truth.antisymmetric, 1e-8);
  EXPECT_GT(truth.symmetric, 1e-2);
  EXPECT_GT(surrogate.antisymmetric, 1e-4);
  EXPECT_EQ(surrogate.antisymmetric_std_error, 0.0);
}

TEST(Curl, NoiseOfASampledFieldIsReported) {
  const Model model = parse_model(models::two_layers, "two-layers");
  GradientField field(model.problem(), "counterfactual", std::nullopt, {.samples = 50});
  EXPECT_FALSE(field.exact());
  EXPECT_GT(curl(field, model.parameters, 1e-2).antisymmetric_std_error, 0.0);
}

TEST(GradientField, ChecksWhatItIsGiven) {
  const Model model = parse_model(models::two_layers, "two.toml");
  std::vector<GradientField> none, fields;
  fields.push_back(true_field(model.problem()));
  const std::vector<double> few(1), w = model.parameters;
  Progress quiet;
  const double nan = std::nan("");
  EXPECT_THROW(GradientField(model.problem(), "surogate"), UserError);
  EXPECT_THROW(GradientField(model.problem(), "surrogate", TableSurrogate{.x = {0.0}, .g = {0.0}}),
               UserError);
  EXPECT_THROW(fields[0].at(few), UserError);
  EXPECT_THROW(scan(none, w, 0, 0.0, 1.0, 5, quiet), UserError);
  EXPECT_THROW(scan(fields, w, w.size(), 0.0, 1.0, 5, quiet), UserError);
  EXPECT_THROW(scan(fields, w, 0, nan, 1.0, 5, quiet), UserError);
  EXPECT_THROW(scan(fields, w, 0, 0.0, 1.0, 1, quiet), UserError);
  EXPECT_THROW(loop(none, {1.0, w, w}, 5, quiet), UserError);
  EXPECT_THROW(loop(fields, {1.0, few, w}, 5, quiet), UserError);
  EXPECT_THROW(loop(fields, {nan, w, w}, 5, quiet), UserError);
  EXPECT_THROW(curl(fields[0], few, 1e-4), UserError);
  EXPECT_THROW(curl(fields[0], w, 0.0), UserError);
}

}  // namespace
}  // namespace spikegrad
