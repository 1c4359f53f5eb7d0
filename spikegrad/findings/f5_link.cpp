// SPDX-License-Identifier: Apache-2.0
// F5. The link: in a stochastic net of any depth the surrogate gradient with g = f' is the smoothed
// stochastic derivative, draw by draw, while the unbiased stochastic derivatives (triples, and their adjoint
// form, counterfactual flips) have dE[L]/dw for their mean on the same nets. The smoothed derivative is
// computed twice: by the backward pass, and forward from the one-sided derivatives of every draw
// (stochastic_ad/).
#include <algorithm>
#include <cmath>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f5_limit.hpp"
#include "spikegrad/findings/f5_nets.hpp"
#include "spikegrad/findings/looks.hpp"
#include "spikegrad/findings/measurements.hpp"
#include "spikegrad/findings/triple_derivative.hpp"
#include "spikegrad/measure/sampling.hpp"

namespace spikegrad {
namespace {

using stochastic_ad::PruneByWeight;
using stochastic_ad::Smoothed;

/// Largest relative differences to the surrogate gradient of the same draw.
struct DrawByDraw {
  double forward = 0.0;   ///< smoothed derivative, forward
  double backward = 0.0;  ///< smoothed derivative, by the backward pass
  double planted = 0.0;   ///< forward, against the surrogate gradient with another g
};

DrawByDraw compare_draws(const Model& model, std::uint64_t seed, std::uint32_t net, std::size_t trials) {
  const std::size_t size = model.parameters.size();
  const Network other = model.network.with_surrogate(SuperSpikeSurrogate{.beta = 10.0});
  const auto estimate = [&](std::string_view name, const Network& network, std::uint32_t trial) {
    CounterDraws draws(seed, net, trial);
    std::vector<double> gradient(size, 0.0);
    const Problem problem{network, model.parameters, model.input, model.loss};
    ProblemSampler(problem, find_estimator(name)).sample(draws, gradient);
    return gradient;
  };
  DrawByDraw worst;
  std::vector<double> forward(size), direction(size, 0.0);
  for (std::uint32_t trial = 0; trial < trials; ++trial) {
    for (std::size_t i = 0; i < size; ++i) {
      direction[i] = 1.0;
      forward[i] = triple_derivative<Smoothed>(model.problem(), direction, {seed, net, trial});
      direction[i] = 0.0;
    }
    const auto surrogate = estimate("surrogate", model.network, trial);
    worst.forward = std::max(worst.forward, relative_difference(forward, surrogate));
    worst.backward =
        std::max(worst.backward, relative_difference(estimate("smoothed", model.network, trial), surrogate));
    const double planted = relative_difference(estimate("surrogate", other, trial), surrogate);
    if (std::isfinite(planted)) worst.planted = std::max(worst.planted, planted);
  }
  return worst;
}

/// (mean of samples - truth) / standard error, along one random direction of one net. NaN where all samples
/// are the truth to rounding, as in one layer: there is nothing random to judge.
struct Scores {
  double triple = 0.0, counterfactual = 0.0, surrogate = 0.0;
};

Scores scores(const Model& model, std::uint64_t seed, std::uint32_t net, std::size_t samples) {
  SequentialRng rng(seed, net);
  std::vector<double> direction(model.parameters.size());
  for (double& d : direction) d = rng.normal();
  const double truth = dot(exact_gradient(model.problem()).gradient, direction);
  const auto z = [truth](const VectorMoments& m) {
    const double apart = m.mean()[0] - truth, noise = m.std_error()[0];
    return std::max(std::abs(apart), noise) <= rounding * std::abs(truth) ? std::nan("") : apart / noise;
  };

  VectorMoments triples(1), flips(1), surrogates(1);
  const Problem problem = model.problem();
  ProblemSampler flip(problem, find_estimator("counterfactual")),
      surrogate(problem, find_estimator("surrogate"));
  std::vector<double> gradient(direction.size());
  for (std::uint32_t s = 0; s < samples; ++s) {
    const double t = triple_derivative<PruneByWeight>(model.problem(), direction, {seed, 2 * net, s});
    triples.add({&t, 1});
    for (auto& [estimator, moments] : {std::pair{&flip, &flips}, {&surrogate, &surrogates}}) {
      CounterDraws draws(seed, 2 * net + 1, s);
      std::fill(gradient.begin(), gradient.end(), 0.0);
      estimator->sample(draws, gradient);
      const double along = dot(gradient, direction);
      moments->add({&along, 1});
    }
  }
  return {z(triples), z(flips), z(surrogates)};
}

struct Summary {
  std::size_t nets = 0;  ///< with a z
  double largest = 0.0;
  double mean_square = 0.0;
};

Summary summarise(const std::vector<Scores>& all, double Scores::*member) {
  Summary s;
  for (const Scores& scores : all) {
    const double z = scores.*member;
    if (std::isnan(z)) continue;
    ++s.nets;
    s.largest = std::max(s.largest, std::abs(z));
    s.mean_square += (z * z - s.mean_square) / static_cast<double>(s.nets);
  }
  return s;
}

class Link {
 public:
  Link(const FindingSettings& settings, Progress& progress) : settings_(settings), progress_(progress) {}

  FindingResult measure() {
    draw_by_draw();
    unbiased();
    limit();
    return std::move(result_);
  }

 private:
  void add(FindingRow row) {
    row.seconds = watch_.lap();
    result_.rows.push_back(std::move(row));
  }
  void add(std::string quantity, double exact, const Rule& rule) {
    add(rule.judge("F5", std::move(quantity), exact));
  }

  void draw_by_draw() {
    std::vector<NetKind> kinds = link_nets(true, false);
    for (NetKind& kind : link_nets(false, false))
      if (kind.model == "layers-lif") kinds.push_back(std::move(kind));
    const std::size_t nets = settings_.full ? 30 : 6, trials = 5;
    std::vector<DrawByDraw> each(kinds.size() * nets);
    progress_.start("F5 draw by draw", each.size());
    parallel_for(each.size(), settings_.threads, [&](std::size_t i) {
      const NetKind& kind = kinds[i / nets];
      const auto net = static_cast<std::uint32_t>(i);
      each[i] = compare_draws(random_stack(load_experiment(kind.model), kind.stack, settings_.seed, net),
                              settings_.seed, net, trials);
      progress_.advance();
    });
    DrawByDraw worst;
    std::vector<double> planted;
    for (const DrawByDraw& d : each) {
      worst.forward = std::max(worst.forward, d.forward);
      worst.backward = std::max(worst.backward, d.backward);
      planted.push_back(d.planted);
    }
    std::sort(planted.begin(), planted.end());
    const std::string nets_text =
        std::to_string(each.size()) + " nets × " + std::to_string(trials) + " draws: ";
    add(nets_text +
            "surrogate gradient against the smoothed derivative run forward, largest relative difference",
        worst.forward, Rule::within(rounding).because("they are one and the same"));
    add(nets_text + "the same against the smoothed derivative of the backward pass", worst.backward,
        Rule::within(rounding));
    add("median over nets of the difference that another g (SuperSpike, β = 10) makes",
        planted[planted.size() / 2], Rule::above(0.01).because("the comparison notices a wrong derivative"));
  }

  void unbiased() {
    const std::vector<NetKind> kinds = link_nets(true, true);
    const std::size_t nets = settings_.full ? 20 : 6, samples = settings_.full ? 20'000 : 4'000;
    std::vector<Scores> each(kinds.size() * nets);
    progress_.start("F5 unbiased derivatives", each.size());
    parallel_for(each.size(), settings_.threads, [&](std::size_t i) {
      const NetKind& kind = kinds[i / nets];
      const auto net = static_cast<std::uint32_t>(i);
      each[i] = scores(random_stack(load_experiment(kind.model), kind.stack, settings_.seed, net),
                       settings_.seed, net, samples);
      progress_.advance();
    });
    const auto on = [&](const Summary& s) {
      return " on " + std::to_string(s.nets) + " nets, " + std::to_string(samples) + " samples each";
    };
    struct Method {
      std::string name;
      double Scores::*member;
    };
    for (const Method& m : {Method{"stochastic triples", &Scores::triple},
                            Method{"counterfactual flips", &Scores::counterfactual}}) {
      const Summary s = summarise(each, m.member);
      const auto [low, high] = mean_square_by_chance(s.nets);
      add(m.name + on(s) + ": largest |z| against enumeration", s.largest,
          Rule::below(largest_z_by_chance(s.nets)).because("no larger than by chance"));
      add(m.name + ": mean z², 1 if unbiased", s.mean_square,
          Rule::between(low, high).because("where chance alone puts it"));
    }
    const Summary biased = summarise(each, &Scores::surrogate);
    add("surrogate gradient on the same nets and draws: largest |z|", biased.largest,
        Rule::above(largest_z_by_chance(biased.nets)).because("the same test finds its bias"));
  }

  void limit() {
    const Looks looks = doubling(settings_.full ? 400 : 100, "nets");
    DeterministicLimit limit;
    for (FindingRow& row : measure_until_decided(looks, [&](std::size_t nets) {
           limit = deterministic_limit(settings_, nets, progress_);
           return std::vector{
               Rule::above(0.0).judge(
                   "F5",
                   "β = 1: distance of the stochastic from the deterministic surrogate gradient, relative",
                   limit.distance.front(), looks.sampling()),
               Rule::below(0.05).of_ratio().judge("F5", "β = 10,000: the distance over that at β = 1",
                                                  limit.last_over_first, looks.sampling())};
         }))
      add(std::move(row));
    result_.figures.push_back(limit_figure(limit));
  }

  FindingSettings settings_;
  Progress& progress_;
  Stopwatch watch_;
  FindingResult result_{
      .id = "F5",
      .title = "The link to stochastic automatic differentiation",
      .statement =
          "In a stochastic net of any depth the surrogate gradient with g = f′ is the smoothed stochastic "
          "derivative; the "
          "unsmoothed derivatives are unbiased; and in the limit of no noise the stochastic net's surrogate "
          "gradient is "
          "the deterministic net's.",
      .method =
          "Random nets from experiments/layers-binary.toml and layers-lif.toml: binary and LIF layers of "
          "depth 1 to 3, all "
          "four resets, differentiated and not. Draw by draw, the surrogate gradient of the backward pass is "
          "compared with "
          "the smoothed derivative run forward, parameter by parameter, with the one-sided derivatives of "
          "each draw "
          "averaged with weights 1 − p and p.\n\n"
          "Unbiasedness: means of stochastic triples (pruned, along a random direction) and of "
          "counterfactual flips on "
          "nets small enough for enumeration; z is the distance from the truth in standard errors.\n\n"
          "Limit: nets of three LIF layers, g = SuperSpike with β = 10 throughout, escape functions of "
          "growing slope; the "
          "distance is the mean over draws of |difference|, summed over nets, divided by the sum over nets "
          "of the length of the deterministic net's surrogate gradient."};
};

}  // namespace

FindingResult measure_link(const FindingSettings& settings, Progress& progress) {
  return Link(settings, progress).measure();
}

}  // namespace spikegrad
