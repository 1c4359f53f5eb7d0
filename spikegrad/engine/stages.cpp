// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <limits>
#include <queue>

#include "spikegrad/engine/lowering.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t unseen = std::numeric_limits<std::size_t>::max();

/// Tarjan's algorithm with a stack of its own, since thousands of populations may stand in a row.
class Components {
 public:
  explicit Components(const std::vector<std::vector<std::size_t>>& targets)
      : targets_(targets), order_(targets.size(), unseen), lowest_(targets.size()), of_(targets.size()) {
    for (std::size_t p = 0; p < targets.size(); ++p)
      if (order_[p] == unseen) visit(p);
  }
  std::size_t count() const { return count_; }
  std::size_t of(std::size_t p) const { return of_[p]; }

 private:
  struct Frame {
    std::size_t population, next = 0;  ///< the target to look at next
  };

  void visit(std::size_t root) {
    std::vector<Frame> frames{{root}};
    enter(root);
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const std::size_t p = frame.population;
      if (frame.next < targets_[p].size()) {
        const std::size_t q = targets_[p][frame.next++];
        if (order_[q] == unseen) {
          enter(q);
          frames.push_back({q});
        } else if (open_[q]) {
          lowest_[p] = std::min(lowest_[p], order_[q]);
        }
        continue;
      }
      if (lowest_[p] == order_[p]) close(p);
      frames.pop_back();
      if (!frames.empty()) {
        std::size_t& below = lowest_[frames.back().population];
        below = std::min(below, lowest_[p]);
      }
    }
  }
  void enter(std::size_t p) {
    order_[p] = lowest_[p] = entered_++;
    stack_.push_back(p);
    open_[p] = true;
  }
  void close(std::size_t p) {
    for (std::size_t q = unseen; q != p;) {
      q = stack_.back();
      stack_.pop_back();
      open_[q] = false;
      of_[q] = count_;
    }
    ++count_;
  }

  const std::vector<std::vector<std::size_t>>& targets_;
  std::vector<std::size_t> order_, lowest_, of_, stack_;
  std::vector<bool> open_ = std::vector<bool>(targets_.size(), false);
  std::size_t entered_ = 0, count_ = 0;
};

}  // namespace

std::vector<Stage> stages_of(const Network& network) {
  const std::size_t n = network.populations().size();
  std::vector<std::vector<std::size_t>> targets(n);
  for (const Connection& c : network.connections()) targets[c.from].push_back(c.to);
  const Components components(targets);

  std::vector<Stage> found(components.count());
  for (std::size_t p = 0; p < n; ++p) found[components.of(p)].populations.push_back(p);
  std::vector<std::size_t> waits_for(components.count(), 0);  // connections from stages not yet placed
  for (const Connection& c : network.connections()) {
    if (components.of(c.from) == components.of(c.to))
      found[components.of(c.from)].stepwise = true;
    else
      ++waits_for[components.of(c.to)];
  }

  // Whichever is ready and comes first in the file.
  using Ready = std::pair<std::size_t, std::size_t>;  // its first population, component
  std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
  for (std::size_t s = 0; s < found.size(); ++s)
    if (waits_for[s] == 0) ready.emplace(found[s].populations[0], s);
  std::vector<Stage> stages;
  while (!ready.empty()) {
    const std::size_t s = ready.top().second;
    ready.pop();
    for (const std::size_t p : found[s].populations)
      for (const std::size_t q : targets[p])
        if (const std::size_t to = components.of(q); to != s && --waits_for[to] == 0)
          ready.emplace(found[to].populations[0], to);
    stages.push_back(std::move(found[s]));
  }
  return stages;
}

}  // namespace spikegrad
