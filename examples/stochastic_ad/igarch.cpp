// SPDX-License-Identifier: Apache-2.0
// Counts whose mean depends on the counts before: the integer-valued GARCH model INGARCH(1, 1) of Ferland, Latour
// and Oraichi, "Integer-valued GARCH process", Journal of Time Series Analysis 27, 2006.
//
//   X_t ~ Poisson(λ_t),   λ_{t+1} = ω + α X_t + β λ_t,   λ_1 known
//
// Every draw's parameter depends on the draws before it, and all of it on (ω, α, β): the gradient of each moment is
// one run in vector mode. The exact moments follow from E[X | λ] = λ and E[X² | λ] = λ + λ²:
//
//   E λ_{t+1}  = ω + (α + β) E λ_t
//   E λ_{t+1}² = ω² + 2 ω (α + β) E λ_t + (α + β)² E λ_t² + α² E λ_t
//   E X_t X_{t+1} = ω E λ_t + α (E λ_t + E λ_t²) + β E λ_t²
#include <array>

#include "check.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad = spikegrad::stochastic_ad;
using spikegrad::Dual;

constexpr int days = 30;
constexpr double first_rate = 4;
constexpr std::array at = {1.0, 0.3, 0.4};  // ω, α, β
constexpr std::array<const char*, 3> parameter_names = {"omega", "alpha", "beta"};

enum class Moment { mean, square, product };

// [igarch]
/// X_T, X_T² or X_{T-1} X_T.
template <class P, class Rng>
auto counts(const P& p, Moment moment, Rng& rng) {
  using X = std::remove_cvref_t<decltype(p[0] * 1.0)>;
  X rate = first_rate, before = 0, x = 0;
  for (int day = 0; day < days; ++day) {
    before = x;
    x = sad::poisson(rng, rate);
    rate = p[0] + p[1] * x + p[2] * rate;
  }
  return moment == Moment::mean ? x : x * (moment == Moment::square ? x : before);
}
// [igarch]

template <class P>
P exact_moment(const std::array<P, 3>& p, Moment moment) {
  const auto& [omega, alpha, beta] = p;
  const P sum = alpha + beta;
  P rate = first_rate, square = first_rate * first_rate, product = 0;
  for (int day = 1; day < days; ++day) {
    product = omega * rate + alpha * (rate + square) + beta * square;
    square = omega * omega + 2.0 * omega * sum * rate + sum * sum * square + alpha * alpha * rate;
    rate = omega + sum * rate;
  }
  switch (moment) {
    case Moment::mean:
      return rate;
    case Moment::square:
      return rate + square;
    case Moment::product:
      break;
  }
  return product;
}
double exact_slope(std::size_t k, Moment moment) {
  std::array<Dual<>, 3> p;
  for (std::size_t i = 0; i < 3; ++i) p[i] = Dual<>(at[i], i == k ? 1.0 : 0.0);
  return exact_moment(p, moment).derivative;
}

int main() {
  example::Checks checks;
  sad::Rng rng(1);
  for (const auto& [moment, name] : {std::pair{Moment::mean, "E[X_T]"}, std::pair{Moment::square, "E[X_T^2]"},
                                     std::pair{Moment::product, "E[X_(T-1) X_T]"}}) {
    const auto f = [which = moment](const auto& p, auto& r) { return counts(p, which, r); };
    std::printf("gradient of %s, T = %d\n", name, days);
    const auto gradient = sad::mean_gradient(f, at, rng, 40000);
    for (std::size_t k = 0; k < 3; ++k)
      checks.z_test(parameter_names[k], gradient[k].mean, gradient[k].std_error, exact_slope(k, moment));
  }

  // A draw whose alternatives are left out: what an increase of X_t adds to later rates is lost.
  example::Mean forgotten;
  for (int i = 0; i < 40000; ++i) {
    const Dual<> x =
        counts(std::array{Dual<>(at[0]), Dual<>(at[1], 1.0), Dual<>(at[2])}, Moment::square, rng);
    forgotten.add(x.derivative);
  }
  checks.that("dual numbers forget the draws", forgotten.mean() == 0);

  const auto f = [](const auto& p, auto& r) { return counts(p, Moment::square, r); };
  const auto ns = [](auto&& run) { return example::nanoseconds(run, 20000) / days; };
  double sink = 0;
  const double plain = ns([&] { sink += f(at, rng); });
  const double one = ns([&] { sink += sad::gradient_estimate(f, at, rng)[0]; });
  const double each = ns([&] { sink += sad::derivative_estimate(f, at, rng)[0]; });
  std::printf("ns per draw: plain %.0f, gradient in one run %.0f, one run for each parameter %.0f\n", plain,
              one, each);
  checks.that("the runs are used", std::isfinite(sink));
  return checks.exit_code();
}
