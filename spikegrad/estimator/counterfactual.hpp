// SPDX-License-Identifier: Apache-2.0
// Counterfactual flips (local expectation gradients [T]; the adjoint form of stochastic triples [A]):
//
//   ℓ_k = L(S_k := 1) - L(S_k := 0),  all other slots keeping their uniform numbers.
//
// One of the two is the trial as it was; the other is run again with the spike forced. `counterfactual` flips
// every spike slot, `counterfactual-k` K slots drawn with probability q_k ∝ f'(x_k), each counted 1/(K q_k)
// times (flip_choice.hpp). A batch takes one forward pass to see which spikes there are, one for each flip,
// and one forward and backward pass with the differences as credits.
#pragma once

#include <vector>

#include "spikegrad/estimator/method.hpp"

namespace spikegrad {

/// ℓ_k is to be found for `slot`, and to count `times`.
struct Flip {
  Slot slot;
  double times = 1.0;
  bool spiked = false;  ///< in the trial as it was
};

class CounterfactualFlips : public Estimator, public MethodDefaults {
 public:
  static constexpr std::string_view bias = "none";
  static constexpr std::string_view source = "Titsias & Lazaro-Gredilla 2015; Arya et al. 2022";
  static constexpr bool unbiased = true;

  explicit CounterfactualFlips(Engine& engine);
  void gradient(const Batch& batch, const BatchResults& results) final;
  std::size_t bytes(std::size_t samples) const final;

 protected:
  /// Which of the drawn slots to flip. `slots` come last step first, `slopes` are their f'(x_k) > 0.
  virtual std::vector<Flip> choose(const std::vector<Slot>& slots, std::span<const double> slopes,
                                   Draws& draws) const = 0;

 private:
  std::vector<Flip> flips_of(const SampleRecord& record, Draws& draws) const;
  void run_part(const Batch& part, const BatchResults& results);
  std::vector<double> flipped_losses(const Batch& part, const std::vector<std::vector<Flip>>& flips);
  std::size_t part_size() const { return engine_.samples_at_once(); }

  Engine& engine_;
  std::unique_ptr<Pass> forward_, credited_;
};

class Counterfactual final : public CounterfactualFlips {
 public:
  static constexpr std::string_view name = "counterfactual";
  static constexpr std::string_view summary = "every spike flipped in turn, later draws shared";
  static constexpr std::string_view cost = "n + 2 forward passes and 1 backward pass, n spike slots";
  static PassCount passes(const EstimatorSettings&, const Objective& objective) {
    return {.forward = 2.0 + static_cast<double>(free_spike_count(objective))};
  }

  Counterfactual(const EstimatorSettings&, Engine& engine) : CounterfactualFlips(engine) {}

 private:
  std::vector<Flip> choose(const std::vector<Slot>& slots, std::span<const double>, Draws&) const override;
};

class CounterfactualSampled final : public CounterfactualFlips {
 public:
  static constexpr std::string_view name = "counterfactual-k";
  static constexpr std::string_view summary = "K spikes flipped, drawn with probability proportional to f'";
  static constexpr std::string_view cost = "K + 2 forward passes and 1 backward pass";
  static PassCount passes(const EstimatorSettings& settings, const Objective&) {
    return {.forward = 2.0 + static_cast<double>(settings.counterfactuals)};
  }

  CounterfactualSampled(const EstimatorSettings& settings, Engine& engine)
      : CounterfactualFlips(engine), count_(settings.counterfactuals) {}

 private:
  std::vector<Flip> choose(const std::vector<Slot>& slots, std::span<const double> slopes,
                           Draws& draws) const override;

  std::size_t count_;
};

}  // namespace spikegrad
