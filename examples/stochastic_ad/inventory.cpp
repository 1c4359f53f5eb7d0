// SPDX-License-Identifier: Apache-2.0
// A shop that keeps one article in stock. Each day Poisson(λ) customers come; who finds none left goes away.
// In the evening, if no more than `reorder_at` are left, it orders up to `full`; of what was ordered each
// item arrives by the next morning with probability q. How much does the expected profit of a month change
// with the number of customers and with the reliability of the supplier?
//
// The decision to order is a branch on a random stock: propagate takes it for the stock and for its
// alternative. Truth: the distribution of the stock, day by day, with dual probabilities.
#include <algorithm>
#include <array>
#include <vector>

#include "check.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad = spikegrad::stochastic_ad;
using spikegrad::Dual;

constexpr int days = 30, full = 12, reorder_at = 4;
constexpr double price = 9, cost = 5, storage = 0.15, cost_of_ordering = 7;

double ordered(double stock) {
  return stock <= reorder_at ? full - stock : 0;
}

// [shop]
template <class X, class Rng>
X profit(const std::array<X, 2>& parameters, Rng& rng) {
  using std::min;  // for plain numbers; that for triples is found by itself
  const auto& [lambda, q] = parameters;
  X stock = full, earned = 0;
  for (int day = 0; day < days; ++day) {
    const X sold = min(stock, sad::poisson(rng, lambda));
    stock -= sold;
    earned += price * sold - storage * stock;

    const X order = sad::propagate(ordered, stock);
    const X delivered = sad::binomial(rng, order, q);  // a random number of trials
    stock += delivered;
    earned -= cost * delivered + cost_of_ordering * sad::propagate([](double n) { return n > 0; }, order);
  }
  return earned;
}
// [shop]

Dual<> exact_profit(Dual<> lambda, Dual<> q) {
  std::vector<Dual<>> now(full + 1), next;
  now[full] = 1;
  Dual<> earned = 0;
  for (int day = 0; day < days; ++day) {
    next.assign(full + 1, 0);
    for (int stock = 0; stock <= full; ++stock) {
      Dual<> demand = exp(-lambda), rest = 1;  // P(demand = sold), and that of at least that
      for (int sold = 0; sold <= stock; ++sold) {
        const Dual<> probability = now[std::size_t(stock)] * (sold < stock ? demand : rest);
        rest -= demand;
        demand *= lambda / (sold + 1.0);
        const int left = stock - sold, order = int(ordered(left));
        earned += probability * (price * sold - storage * left - (order > 0 ? cost_of_ordering : 0));
        Dual<> arrival = pow(1 - q, order);
        for (int delivered = 0; delivered <= order; ++delivered) {
          next[std::size_t(left + delivered)] += probability * arrival;
          earned -= probability * arrival * (cost * delivered);
          arrival *= double(order - delivered) / (delivered + 1) * q / (1 - q);
        }
      }
    }
    now = next;
  }
  return earned;
}

int main() {
  example::Checks checks;
  const std::array<double, 2> parameters = {3.2, 0.85};
  const Dual<> by_lambda = exact_profit(Dual<>(parameters[0], 1.0), parameters[1]);
  const Dual<> by_q = exact_profit(parameters[0], Dual<>(parameters[1], 1.0));

  sad::Rng rng(1);
  example::Mean mean;
  for (int i = 0; i < 20000; ++i) mean.add(profit(parameters, rng));  // the same program, plain
  std::printf("profit of %d days, simulated and exact:\n", days);
  checks.z_test("profit", mean, by_lambda.value);

  const auto program = [](const auto& x, auto& r) { return profit(x, r); };
  const auto run = [&]<class Backend>(Backend, const char* name, int runs) {
    example::Mean d_lambda, d_q;
    for (int i = 0; i < runs; ++i) {
      const auto gradient = sad::derivative_estimate<Backend>(program, parameters, rng);
      d_lambda.add(gradient[0]);
      d_q.add(gradient[1]);
    }
    std::printf("%s:\n", name);
    checks.z_test("by customers a day", d_lambda, by_lambda.derivative);
    checks.z_test("by the supplier's reliability", d_q, by_q.derivative);
  };
  run(sad::PruneByWeight(), "pruned by weight", 20000);
  run(sad::PruneByWins(), "pruned by wins", 20000);
  run(sad::OneAlternative(), "one alternative", 20000);
  run(sad::KeepAll(), "all alternatives", 3000);

  bool refused = false;
  try {  // what happens if the branch is written as an if
    for (int i = 0; i < 100; ++i)
      (void)sad::derivative_estimate(
          [](auto lambda, auto& r) {
            auto stock = full - sad::poisson(r, lambda);
            if (stock <= reorder_at) stock += 6;
            return stock;
          },
          6.0, rng);
  } catch (const spikegrad::UserError& e) {
    refused = true;
    std::printf("written as an if: %s\n", e.what());
  }
  checks.that("a branch on the random stock is refused", refused);
  return checks.exit_code();
}
