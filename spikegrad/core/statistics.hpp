// SPDX-License-Identifier: Apache-2.0
// Means and standard errors of vectors (Welford; merging as in T. F. Chan, G. H. Golub, R. J. LeVeque 1979).
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace spikegrad {

class VectorMoments {
 public:
  explicit VectorMoments(std::size_t size = 0) : mean_(size), squares_(size) {}

  void add(std::span<const double> sample) {
    ++count_;
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double d = sample[i] - mean_[i];
      mean_[i] += d / static_cast<double>(count_);
      squares_[i] += d * (sample[i] - mean_[i]);
    }
  }
  void merge(const VectorMoments& other) {
    if (other.count_ == 0) return;
    const auto a = static_cast<double>(count_), b = static_cast<double>(other.count_);
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double d = other.mean_[i] - mean_[i];
      mean_[i] += d * b / (a + b);
      squares_[i] += other.squares_[i] + d * d * a * b / (a + b);
    }
    count_ += other.count_;
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

 private:
  std::size_t count_ = 0;
  std::vector<double> mean_, squares_;
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
