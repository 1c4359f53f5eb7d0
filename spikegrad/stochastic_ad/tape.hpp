// SPDX-License-Identifier: Apache-2.0
// Derivatives along all parameters that are not computed yet (reverse mode). A slope is a factor times a node of a
// tape; a node is a linear combination of two earlier ones, the first nodes are the parameters:
//
//   s = c · node,   node_i = a node_j + b node_k,   j, k < i
//
// Only a sum of two slopes makes a node. What the slopes are along each parameter is found at the end by one sweep
// backwards, adjoint_j += a adjoint_i, so a program's operations cost the same whatever the number of parameters.
//
// Whether a slope is there is known while the program runs, its sign and size are not.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace spikegrad::stochastic_ad {

class TapeSlope;

class Tape {
 public:
  explicit Tape(std::size_t parameters) : nodes_(parameters), parameters_(parameters) {}
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  TapeSlope parameter(std::size_t i);
  /// `slope` along every parameter.
  std::vector<double> gradient(const TapeSlope& slope) const;

 private:
  friend class TapeSlope;
  struct Node {
    std::size_t first = 0, second = 0;
    double by_first = 0, by_second = 0;
  };
  std::vector<Node> nodes_;
  std::size_t parameters_;
};

class TapeSlope {
 public:
  /// None: a constant.
  TapeSlope() = default;

  /// this += factor · other
  void add(double factor, const TapeSlope& other) {
    if (other.tape_ == nullptr || factor == 0) return;
    if (tape_ == nullptr) {
      *this = other;
      factor_ *= factor;
    } else if (other.tape_ == tape_ && other.node_ == node_) {
      factor_ += factor * other.factor_;
    } else {
      tape_->nodes_.push_back({node_, other.node_, factor_, factor * other.factor_});
      node_ = tape_->nodes_.size() - 1;
      factor_ = 1;
    }
  }

  friend bool has_slope(const TapeSlope& s) { return s.tape_ != nullptr; }
  friend bool isfinite(const TapeSlope& s) { return std::isfinite(s.factor_); }
  friend bool isnan(const TapeSlope& s) { return std::isnan(s.factor_); }
  friend void scale(TapeSlope& s, double factor) { s.factor_ *= factor; }
  friend void add_slope(TapeSlope& sum, double factor, const TapeSlope& slope) { sum.add(factor, slope); }

 private:
  friend class Tape;
  TapeSlope(Tape& tape, std::size_t node) : tape_(&tape), node_(node) {}

  Tape* tape_ = nullptr;
  std::size_t node_ = 0;
  double factor_ = 1;
};

inline TapeSlope Tape::parameter(std::size_t i) {
  return {*this, i};
}

inline std::vector<double> Tape::gradient(const TapeSlope& slope) const {
  std::vector<double> adjoint(nodes_.size());
  if (slope.tape_ != nullptr) adjoint[slope.node_] = slope.factor_;
  for (std::size_t i = nodes_.size(); i-- > parameters_;) {
    if (adjoint[i] == 0) continue;
    adjoint[nodes_[i].first] += nodes_[i].by_first * adjoint[i];
    adjoint[nodes_[i].second] += nodes_[i].by_second * adjoint[i];
  }
  adjoint.resize(parameters_);
  return adjoint;
}

}  // namespace spikegrad::stochastic_ad
