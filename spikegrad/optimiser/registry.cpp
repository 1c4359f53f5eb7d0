// SPDX-License-Identifier: Apache-2.0
// The list of optimisers: one line each.
#include <array>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"
#include "spikegrad/optimiser/adam.hpp"
#include "spikegrad/optimiser/adamw.hpp"
#include "spikegrad/optimiser/sgd.hpp"
#include "spikegrad/optimiser/smorms3.hpp"

namespace spikegrad {
namespace {

template <class Method>
constexpr OptimiserInfo entry() {
  return {Method::name, Method::summary, Method::source,
          [](const OptimiserSettings& settings, std::size_t size) -> std::unique_ptr<Optimiser> {
            return std::make_unique<Method>(settings, size);
          }};
}

constexpr std::array registry{entry<Sgd>(), entry<Adam>(), entry<AdamW>(), entry<Smorms3>()};

}  // namespace

std::span<const OptimiserInfo> optimisers() {
  return registry;
}

const OptimiserInfo& find_optimiser(std::string_view name) {
  std::vector<std::string_view> names;
  for (const OptimiserInfo& info : registry) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  throw UserError("there is no optimiser '" + std::string(name) + "'" + suggestion(name, names));
}

}  // namespace spikegrad
