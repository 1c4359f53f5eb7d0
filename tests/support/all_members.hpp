// SPDX-License-Identifier: Apache-2.0
// Every member of a family, with its default settings.
#pragma once

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace spikegrad::testing {

/// The variant's members, default-made.
template <class Variant, std::size_t... I>
std::vector<Variant> all_members(std::index_sequence<I...>) {
  return {Variant(std::in_place_index<I>)...};
}
template <class Variant>
std::vector<Variant> all_members() {
  return all_members<Variant>(std::make_index_sequence<std::variant_size_v<Variant>>{});
}

}  // namespace spikegrad::testing
