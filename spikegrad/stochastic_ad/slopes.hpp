// SPDX-License-Identifier: Apache-2.0
// The derivatives of one number along all parameters at once (vector mode). Derivative parts and the weights of
// alternatives are linear in the direction the parameters move along, so a vector in place of a number gives every
// direction in one run.
//
//   Slopes<n>         n parameters, for programs of a std::array
//   Slopes<dynamic>   as many as the run has, for programs of a std::vector; empty stands for zeros
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "spikegrad/core/dual.hpp"

namespace spikegrad::stochastic_ad {

inline constexpr std::size_t dynamic = static_cast<std::size_t>(-1);

template <std::size_t n>
class Slopes {
 public:
  Slopes() = default;
  /// ∂/∂p_i of the parameter p_i itself, among `parameters`.
  static Slopes unit(std::size_t i, std::size_t parameters) {
    Slopes out;
    out.make(parameters)[i] = 1;
    return out;
  }

  std::size_t size() const { return parts_.size(); }
  double operator[](std::size_t i) const { return parts_[i]; }
  auto begin() const { return parts_.begin(); }
  auto end() const { return parts_.end(); }

  /// this += factor · other. A part of 0 stays 0, whatever the factor, as for dual numbers.
  void add(double factor, const Slopes& other) {
    if (other.size() == 0) return;
    auto& parts = make(other.size());
    if (std::isfinite(factor))
      for (std::size_t i = 0; i < parts.size(); ++i) parts[i] += factor * other.parts_[i];
    else
      for (std::size_t i = 0; i < parts.size(); ++i)
        parts[i] += spikegrad::detail::zero_stays(other.parts_[i], factor * other.parts_[i]);
  }
  /// this_i += x
  void add_at(std::size_t i, double x, std::size_t parameters) { make(parameters)[i] += x; }
  void scale(double factor) {
    for (double& part : parts_) part *= factor;
  }

  friend void scale(Slopes& s, double factor) { s.scale(factor); }
  friend bool has_slope(const Slopes& s) {
    return std::any_of(s.begin(), s.end(), [](double part) { return part != 0; });
  }
  friend bool isfinite(const Slopes& s) {
    return std::all_of(s.begin(), s.end(), [](double part) { return std::isfinite(part); });
  }
  friend bool isnan(const Slopes& s) {
    return std::any_of(s.begin(), s.end(), [](double part) { return std::isnan(part); });
  }
  /// Euclidean length: choosing events with probability ∝ length makes the sum of the variances smallest.
  friend double magnitude(const Slopes& s) {
    double sum = 0;
    for (const double part : s) sum += part * part;
    return std::sqrt(sum);
  }
  /// The same direction, longer by `by`.
  friend void lengthen(Slopes& s, double by) {
    if (by != 0) s.scale(1 + by / magnitude(s));
  }

 private:
  using Parts =
      std::conditional_t<n == dynamic, std::vector<double>, std::array<double, n == dynamic ? 0 : n>>;

  Parts& make([[maybe_unused]] std::size_t parameters) {
    if constexpr (n == dynamic)
      if (parts_.empty()) parts_.resize(parameters);
    return parts_;
  }
  Parts parts_{};
};

// The same of a number, which is the derivative along one direction.
constexpr bool has_slope(double d) {
  return d != 0;
}
inline double magnitude(double d) {
  return std::abs(d);
}
inline void lengthen(double& d, double by) {
  d = std::copysign(std::abs(d) + by, d);
}
inline void scale(double& d, double factor) {
  d *= factor;
}
template <std::floating_point T>
constexpr void add_slope(T& sum, double factor, double slope) {
  sum += static_cast<T>(slope) * static_cast<T>(factor);
}
template <std::size_t n>
void add_slope(Slopes<n>& sum, double factor, const Slopes<n>& slope) {
  sum.add(factor, slope);
}

/// The type of the derivative part of a number of type T, where the weights of alternatives are of type W.
template <class T, class W>
using slope_t = std::conditional_t<std::is_arithmetic_v<W>, T, W>;

}  // namespace spikegrad::stochastic_ad
