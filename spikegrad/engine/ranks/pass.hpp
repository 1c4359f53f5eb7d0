// SPDX-License-Identifier: Apache-2.0
// A pass over a batch whose groups are spread over ranks.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "spikegrad/core/ranks.hpp"
#include "spikegrad/engine/grouped_pass.hpp"

namespace spikegrad {

class RanksPass final : public Pass {
 public:
  RanksPass(const Objective& objective, std::unique_ptr<GroupedPass> inner, std::size_t group_size,
            Ranks& ranks)
      : objective_(objective), inner_(std::move(inner)), group_size_(group_size), ranks_(ranks) {}

  void run(const Batch& batch, const BatchResults& results) override;
  std::size_t bytes(std::size_t samples) const override;

 private:
  /// The samples of a rank: whole groups, but for the last of the batch.
  struct Part {
    std::size_t first = 0, last = 0;
    std::size_t size() const { return last - first; }
  };
  std::size_t groups(std::size_t samples) const { return (samples + group_size_ - 1) / group_size_; }
  /// Ranks that have a group.
  std::size_t working(std::size_t samples) const;
  Part part_of(std::size_t samples, std::size_t rank) const;

  void run_part(const Batch& batch, const BatchResults& results, Part part);
  void share(std::size_t samples, const BatchResults& results);

  Objective objective_;
  std::unique_ptr<GroupedPass> inner_;
  std::size_t group_size_;
  Ranks& ranks_;
  ActivityTable part_activity_;
  std::vector<std::byte> exchanged_;
  std::vector<std::size_t> sizes_;
};

}  // namespace spikegrad
