// SPDX-License-Identifier: Apache-2.0
// What an estimator says at every point of parameter space: a vector field w ↦ E[estimate at w], which need
// not be the gradient of anything.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/core/provenance.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/measure/sampling.hpp"

namespace spikegrad {

class ProblemSampler;

struct FieldSampling {
  std::size_t samples = 1000;  ///< where the expectation cannot be enumerated; the same draws at every point
  std::uint64_t seed = 1;
  unsigned threads = 0;
  EstimatorSettings estimator = {};
};

struct FieldValue {
  double loss = 0.0;              ///< E[L]
  std::vector<double> gradient;   ///< E[estimate]
  std::vector<double> std_error;  ///< empty where exact
};

/// The field of one estimator, optionally with one surrogate for all units. Keeps its own network; input,
/// loss and regularisers are views of the caller's problem. Evaluation enumerates the estimator's expectation
/// where that is cheap (at most 2^12 histories), so that deterministic and analog nets take one pass;
/// otherwise it samples with common random numbers.
class SPIKEGRAD_EXPORT GradientField {
 public:
  /// Throws UserError for an estimator that the problem does not allow.
  GradientField(const Problem& problem, const EstimatorInfo& estimator, std::optional<Surrogate> surrogate,
                const FieldSampling& settings);
  GradientField(const Problem& problem, std::string_view estimator, std::optional<Surrogate> surrogate = {},
                const FieldSampling& settings = {})
      : GradientField(problem, find_estimator(estimator), std::move(surrogate), settings) {}

  GradientField(GradientField&&) noexcept;
  ~GradientField();

  const std::string& name() const { return name_; }
  void rename(std::string name) { name_ = std::move(name); }
  bool exact() const { return exact_; }
  std::size_t size() const { return network_->parameter_count(); }
  /// One object may be asked from one thread at a time. Repetitions are independent of each other. Throws
  /// UserError where there are not size() parameters.
  FieldValue at(std::span<const double> parameters, std::uint32_t repetition = 0,
                Progress& progress = no_progress());

 private:
  std::unique_ptr<const Network> network_;  ///< at one place, however the field is moved
  const Input& input_;
  const Loss& loss_;
  std::span<const Regulariser> regularisers_;
  FieldSampling settings_;
  EstimatorInfo info_;
  std::unique_ptr<ProblemSampler> sampler_;  ///< where one sample is enough
  std::string name_;
  bool exact_ = false;
};

/// The field of dE[L]/dw: enumerated where that is cheap, else that of an unbiased estimator.
SPIKEGRAD_EXPORT GradientField true_field(const Problem& problem, const FieldSampling& sampling = {});

/// Along a line: parameter `index` takes `points` values from..to, the others stay.
struct Scan {
  struct Curve {
    std::string name;
    std::vector<double> derivative, std_error;             ///< ∂/∂(parameter) as the estimator sees it
    std::vector<double> integral;                          ///< trapezoidal, 0 at the first point
    std::vector<std::pair<double, double>> opposite_sign;  ///< intervals where the sign is not the truth's
    double minimum_at = 0.0;                               ///< where the integral is smallest
  };
  std::vector<double> at, loss;
  double minimum_at = 0.0;    ///< where E[L] is smallest
  std::vector<Curve> curves;  ///< in the order of the fields; the first one is the truth
};

/// fields[0] is taken for the truth.
SPIKEGRAD_EXPORT Scan scan(std::vector<GradientField>& fields, std::span<const double> parameters,
                           std::size_t index, double from, double to, std::size_t points,
                           Progress& progress = no_progress());

/// Around the closed path w(φ) = radius (sine · sin φ + cosine · cos φ), φ = 0 … 2π.
struct Loop {
  struct Curve {
    std::string name;
    std::vector<double> along;     ///< the field's component along the path, E[estimate] · dw/dφ
    std::vector<double> integral;  ///< of it from 0 to φ
    double closed = 0.0;           ///< ∮ E[estimate] · dw, over the whole path; 0 for a gradient
    double error = 0.0;            ///< bound of the quadrature, or standard error of the sampling
    double absolute = 0.0;         ///< ∮ |E[estimate] · dw|: the scale of `closed`
  };
  std::vector<double> angle, loss;
  std::vector<Curve> curves;
};

struct SPIKEGRAD_EXPORT LoopPath {
  double radius = 1.0;
  std::vector<double> sine, cosine;  ///< [parameter_count]
  std::vector<double> at(double angle) const;
  std::vector<double> tangent(double angle) const;  ///< dw/dφ
};

/// Exact fields are integrated adaptively (Gauss-Kronrod on fine pieces); sampled ones by the trapezoidal
/// rule on `points` angles. Curves are reported on `points` angles. Throws UserError where directions have
/// the wrong size.
SPIKEGRAD_EXPORT Loop loop(std::vector<GradientField>& fields, const LoopPath& path, std::size_t points,
                           Progress& progress = no_progress());

/// Jacobian J_ij = ∂E[estimate]_i/∂w_j by central differences with step h; a gradient's is symmetric.
/// A sampled field is measured in eight independent repetitions, whose spread gives the noise.
struct Curl {
  std::string name;
  Grid<double> jacobian;
  double antisymmetric = 0.0;            ///< |J - Jᵀ|/2, Frobenius
  double antisymmetric_std_error = 0.0;  ///< the length that noise alone would give it; 0 for an exact field
  double symmetric = 0.0;                ///< |J + Jᵀ|/2
  double largest = 0.0;                  ///< largest |J_ij - J_ji|/2
};
SPIKEGRAD_EXPORT Curl curl(GradientField& field, std::span<const double> parameters, double h,
                           Progress& progress = no_progress());

/// What `spikegrad field --json` writes. Numbers that are not finite are null. `step`: the h of curl().
SPIKEGRAD_EXPORT std::string to_json(const Scan& scan, const std::optional<Provenance>& made = {});
SPIKEGRAD_EXPORT std::string to_json(const Loop& loop, const std::optional<Provenance>& made = {});
SPIKEGRAD_EXPORT std::string to_json(std::span<const Curl> curls, double step,
                                     const std::optional<Provenance>& made = {});

/// The curves: a line for each field and point. Numbers that are not finite are empty.
SPIKEGRAD_EXPORT std::string to_csv(const Scan& scan);
SPIKEGRAD_EXPORT std::string to_csv(const Loop& loop);

}  // namespace spikegrad
