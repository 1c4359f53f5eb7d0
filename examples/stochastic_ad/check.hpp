// SPDX-License-Identifier: Apache-2.0
// What every example ends with: the comparison of its numbers with the truth, and an exit code; and the time of a run.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdio>

namespace example {

/// Running mean and its standard error.
class Mean {
 public:
  void add(double x) {
    ++n_;
    const double shift = x - mean_;
    mean_ += shift / n_;
    squares_ += shift * (x - mean_);
  }
  double mean() const { return mean_; }
  double variance() const { return squares_ / (n_ - 1); }
  double std_error() const { return std::sqrt(variance() / n_); }

 private:
  double n_ = 0, mean_ = 0, squares_ = 0;
};

/// Prints each comparison; `exit_code` is 1 if one did not hold.
class Checks {
 public:
  /// Two-sided z-test; |z| > 5 has probability 5.7e-7 if all is right.
  void z_test(const char* what, double mean, double std_error, double truth, double truth_error = 0) {
    const double z = (mean - truth) / std::hypot(std_error, truth_error);
    std::printf("  %-52s %12.5g ± %-9.2g truth %12.5g  z = %+.2f\n", what, mean, std_error, truth, z);
    that(what, std::abs(z) < 5);
  }
  void z_test(const char* what, const Mean& mean, double truth, double truth_error = 0) {
    z_test(what, mean.mean(), mean.std_error(), truth, truth_error);
  }
  void that(const char* what, bool holds) {
    if (!holds) {
      std::printf("  DOES NOT HOLD: %s\n", what);
      exit_code_ = 1;
    }
  }
  int exit_code() const {
    std::printf(exit_code_ == 0 ? "all checks hold\n" : "a check did not hold\n");
    return exit_code_;
  }

 private:
  int exit_code_ = 0;
};

/// Nanoseconds of one call, the mean of `calls`.
template <class F>
double nanoseconds(F&& f, int calls) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) f();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / calls;
}

}  // namespace example
