// SPDX-License-Identifier: Apache-2.0
// Means, standard errors and fourth moments of vectors: one sample at a time (Welford), merged as in T. F.
// Chan, G. H. Golub, R. J. LeVeque 1979 and P. Pébay 2008 (SAND2008-6212).
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace spikegrad {

class VectorMoments {
 public:
  explicit VectorMoments(std::size_t size = 0) : mean_(size), squares_(size), cubes_(size), fourths_(size) {}

  void add(std::span<const double> sample) {
    const auto a = static_cast<double>(count_), n = a + 1.0;
    ++count_;
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double d = sample[i] - mean_[i], part = d / n, square = d * part * a;  // d² a/n
      mean_[i] += part;
      fourths_[i] += square * part * part * (n * n - 3.0 * n + 3.0) + 6.0 * part * part * squares_[i] -
                     4.0 * part * cubes_[i];
      cubes_[i] += square * part * (n - 2.0) - 3.0 * part * squares_[i];
      squares_[i] += square;
    }
  }
  void merge(const VectorMoments& other) {
    if (other.count_ == 0) return;
    const auto a = static_cast<double>(count_), b = static_cast<double>(other.count_), n = a + b;
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double d = other.mean_[i] - mean_[i], part = d / n, square = d * part * a * b;  // d² a b / n
      const double sa = squares_[i], sb = other.squares_[i], ca = cubes_[i], cb = other.cubes_[i];
      mean_[i] += part * b;
      fourths_[i] += other.fourths_[i] + square * part * part * (a * a - a * b + b * b) +
                     6.0 * part * part * (a * a * sb + b * b * sa) + 4.0 * part * (a * cb - b * ca);
      cubes_[i] += cb + square * part * (a - b) + 3.0 * part * (a * sb - b * sa);
      squares_[i] += sb + square;
    }
    count_ += other.count_;
  }

  /// All that it holds, as numbers, and back from so many of them.
  std::vector<double> numbers() const {
    std::vector<double> all{static_cast<double>(count_)};
    for (const auto* part : {&mean_, &squares_, &cubes_, &fourths_})
      all.insert(all.end(), part->begin(), part->end());
    return all;
  }
  static constexpr std::size_t number_count(std::size_t size) { return 1 + 4 * size; }
  void set_numbers(std::span<const double> all) {
    count_ = static_cast<std::size_t>(all[0]);
    std::size_t at = 1;
    for (auto* part : {&mean_, &squares_, &cubes_, &fourths_}) {
      for (std::size_t i = 0; i < part->size(); ++i) (*part)[i] = all[at + i];
      at += part->size();
    }
  }

  std::size_t count() const { return count_; }
  const std::vector<double>& mean() const { return mean_; }
  /// Variance of one sample, per component; 0 for fewer than two samples.
  std::vector<double> variance() const {
    std::vector<double> v(squares_.size());
    if (count_ > 1)
      for (std::size_t i = 0; i < v.size(); ++i) v[i] = squares_[i] / static_cast<double>(count_ - 1);
    return v;
  }
  /// Standard error of the mean, per component.
  std::vector<double> std_error() const {
    std::vector<double> e = variance();
    for (double& v : e) v = std::sqrt(v / static_cast<double>(count_ > 0 ? count_ : 1));
    return e;
  }
  /// How many samples carry the variance, per component: (Σ d²)² / Σ d⁴ with d = sample - mean, which is the
  /// number of samples over their kurtosis. n fair coins count as n, n normal samples as n/3, and one sample
  /// far from all others as 1. The relative error of the variance is sqrt(1/this - 1/n). 0 where no two
  /// samples differ.
  std::vector<double> effective_samples() const {
    std::vector<double> n(squares_.size());
    for (std::size_t i = 0; i < n.size(); ++i)
      if (fourths_[i] > 0.0) n[i] = squares_[i] * squares_[i] / fourths_[i];
    return n;
  }

 private:
  std::size_t count_ = 0;
  std::vector<double> mean_, squares_, cubes_, fourths_;  // Σ d², Σ d³, Σ d⁴
};

inline double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
inline double norm(std::span<const double> a) {
  return std::sqrt(dot(a, a));
}

}  // namespace spikegrad
