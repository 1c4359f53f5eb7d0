// SPDX-License-Identifier: Apache-2.0
// A problem's forward pass with stochastic triples [A], along one direction of parameter space.
#pragma once

#include <span>
#include <vector>

#include "spikegrad/engine/problem.hpp"
#include "spikegrad/engine/reference/forward.hpp"
#include "spikegrad/stochastic_ad/estimate.hpp"

namespace spikegrad {

/// Keeps its buffers from run to run.
template <class Backend>
class TriplePass {
 public:
  using Triple = stochastic_ad::StochasticTriple<double, Backend>;

  /// L as a triple: of w + ε direction [parameter_count]. spike(Slot, p) is the draw, a triple as p is.
  template <class Spike>
  Triple operator()(const Problem& problem, std::span<const double> direction, typename Backend::Run& run,
                    const Spike& spike) {
    parameters_.clear();
    for (std::size_t i = 0; i < direction.size(); ++i)
      parameters_.push_back(stochastic_ad::variable<Backend>(run, problem.parameters[i], direction[i]));
    const auto clamp = clamp_of(problem.loss);
    forward<Triple>(problem.network, parameters_, problem.input, ForwardMode::sampled,
                    clamp ? &*clamp : nullptr, spike, tape_, 0, problem.dropout_scale, problem.done);
    penalty_ = penalty_value(problem.regularisers, problem.network, tape_);
    return loss_value(problem.loss, problem.network, tape_) + penalty_;
  }

  /// The part of it that is the regularisers'.
  const Triple& penalty() const { return penalty_; }

 private:
  std::vector<Triple> parameters_;
  Tape<Triple> tape_;
  Triple penalty_;
};

}  // namespace spikegrad
