// SPDX-License-Identifier: Apache-2.0
// Activity regularisers: values by hand, and the gradient of every member against dual numbers.
#include "spikegrad/loss/regulariser.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "spikegrad/core/dual.hpp"
#include "tests/support/all_members.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad {
namespace {

constexpr double rounding = 1e-13;  ///< of sums of some tens of numbers

/// An input and a population of the shape, without connections.
Network counted_net(Shape shape, std::size_t steps) {
  Population x, h;
  x.name = "x", x.unit = InputUnit{}, x.shape = {1, 3};
  h.name = "h", h.unit = Lif{}, h.shape = shape;
  return Network({1e-3, steps}, {x, h}, {});
}

template <class T, class Next>
Tape<T> tape_of(const Network& network, Next&& next) {
  Tape<T> tape;
  tape.output.resize(network.steps(), network.unit_count());
  for (T& y : tape.output.flat()) y = T(next());
  return tape;
}

/// Largest difference between `gradient` and the derivative of the value, relative to the largest entry.
template <class Gradient>
double gradient_error(const Regulariser& r, const Network& network, const Tape<double>& tape,
                      Gradient&& gradient) {
  Signals signals;
  signals.reset(network.steps(), network.unit_count());
  gradient(std::span(&r, 1), network, tape, signals);
  std::size_t next = 0;
  Tape<Dual<>> dual = tape_of<Dual<>>(network, [&] { return tape.output.flat()[next++]; });
  std::vector<double> expected;
  for (Dual<>& y : dual.output.flat()) {
    y.derivative = 1.0;
    expected.push_back(penalty_value<Dual<>>(std::span(&r, 1), network, dual).derivative);
    y.derivative = 0.0;
  }
  return testing::distance(signals.output.flat(), expected);
}

constexpr auto right_gradient = [](std::span<const Regulariser> r, const Network& network,
                                   const Tape<double>& tape,
                                   Signals& signals) { add_penalty_gradient(r, network, tape, signals); };

// Counts 3, 1, 0, 2 in two channels of two positions; the input's outputs do not count.
TEST(Regulariser, ValuesByHand) {
  const Network network = counted_net({2, 2}, 3);
  Tape<double> tape = tape_of<double>(network, [] { return 0.0; });
  const std::vector<std::size_t> counts{3, 1, 0, 2};
  for (std::size_t i = 0; i < counts.size(); ++i)
    for (std::size_t t = 0; t < counts[i]; ++t) tape.output[t][3 + i] = 1.0;
  tape.output[0][0] = 5.0;
  const auto value = [&](Regulariser r) {
    return penalty_value<double>(std::span<const Regulariser>(&r, 1), network, tape);
  };
  const auto upper = [&](Norm norm, CountOf per) {
    return value(UpperBound{{.population = 1, .bound = 1.0, .strength = 0.5, .norm = norm, .per = per}});
  };
  const auto lower = [&](Norm norm, CountOf per) {
    return value(LowerBound{{.population = 1, .bound = 1.75, .strength = 2.0, .norm = norm, .per = per}});
  };
  EXPECT_NEAR(upper(Norm::l1, CountOf::unit), 0.5 * (2 + 1) / 4, rounding);
  EXPECT_NEAR(upper(Norm::l2, CountOf::unit), 0.5 * (4 + 1) / 4, rounding);
  EXPECT_NEAR(upper(Norm::l2, CountOf::channel), 0.5 * 1 / 2, rounding);  // means 2 and 1
  EXPECT_NEAR(upper(Norm::l1, CountOf::population), 0.5 * 0.5, rounding);
  EXPECT_NEAR(lower(Norm::l1, CountOf::unit), 2.0 * (0.75 + 1.75) / 4, rounding);
  EXPECT_NEAR(lower(Norm::l2, CountOf::channel), 2.0 * 0.75 * 0.75 / 2, rounding);
  EXPECT_NEAR(lower(Norm::l2, CountOf::population), 2.0 * 0.25 * 0.25, rounding);
}

/// visit(regulariser, network, tape) for every member, norm and group, on random outputs.
template <class Visitor>
void for_random_penalties(Visitor&& visit) {
  testing::Dice dice(11);
  for (Regulariser member : testing::all_members<Regulariser>())
    for (const Norm norm : {Norm::l1, Norm::l2})
      for (const CountOf per : {CountOf::unit, CountOf::channel, CountOf::population})
        for (int repetition = 0; repetition < 10; ++repetition) {
          const Network network = counted_net({dice.between(1, 3), dice.between(1, 4)}, dice.between(1, 6));
          const Tape<double> tape = tape_of<double>(network, [&] { return dice.real(0.0, 1.0); });
          std::visit(
              [&](auto& r) {
                r.population = 1;
                r.bound = dice.real(0.3, 0.7) * static_cast<double>(network.steps());
                r.strength = dice.real(0.1, 2.0);
                r.norm = norm;
                r.per = per;
              },
              member);
          visit(member, network, tape);
        }
}

TEST(Regulariser, GradientOfEveryMemberAgreesWithDualNumbers) {
  std::size_t active = 0, all = 0;
  for_random_penalties([&](const Regulariser& r, const Network& network, const Tape<double>& tape) {
    EXPECT_LT(gradient_error(r, network, tape, right_gradient), rounding) << r.index();
    active += penalty_value<double>(std::span(&r, 1), network, tape) > 0.0;
    ++all;
  });
  EXPECT_GT(2 * active, all);
}

TEST(Regulariser, CheckerRejectsPlantedErrors) {
  const auto forgets_a_step = [](std::span<const Regulariser> r, const Network& network,
                                 const Tape<double>& tape, Signals& signals) {
    add_penalty_gradient(r, network, tape, signals);
    for (double& s : signals.output[0]) s = 0.0;
  };
  const auto wrong_group = [](std::span<const Regulariser> r, const Network& network,
                              const Tape<double>& tape, Signals& signals) {
    Regulariser other = r[0];
    std::visit([](auto& o) { o.per = o.per == CountOf::unit ? CountOf::population : CountOf::unit; }, other);
    add_penalty_gradient(std::span<const Regulariser>(&other, 1), network, tape, signals);
  };
  std::size_t forgotten = 0, grouped = 0, active = 0;
  for_random_penalties([&](const Regulariser& r, const Network& network, const Tape<double>& tape) {
    if (!(penalty_value<double>(std::span(&r, 1), network, tape) > 0.0)) return;
    ++active;
    forgotten += gradient_error(r, network, tape, forgets_a_step) > rounding;
    grouped += gradient_error(r, network, tape, wrong_group) > rounding;
  });
  EXPECT_EQ(forgotten, active);
  EXPECT_GT(2 * grouped, active);  // groups of one unit, or l1 with all beyond the bound, are the same
}

}  // namespace
}  // namespace spikegrad
