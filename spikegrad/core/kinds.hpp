// SPDX-License-Identifier: Apache-2.0
// A family of interchangeable structs is a std::variant whose alternatives carry a static `kind`, their name
// in model files. These helpers turn names into alternatives, so that no reader lists the members again.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace spikegrad {

/// The kinds of a family, in the order of its variant.
template <class Variant>
constexpr auto kinds_of() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::string_view, sizeof...(I)>{std::variant_alternative_t<I, Variant>::kind...};
  }
  (std::make_index_sequence<std::variant_size_v<Variant>>{});
}

/// The member of that kind with its default settings, if there is one.
template <class Variant>
std::optional<Variant> make_kind(std::string_view kind) {
  std::optional<Variant> made;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((std::variant_alternative_t<I, Variant>::kind == kind ? void(made.emplace(std::in_place_index<I>))
                                                           : void()),
     ...);
  }
  (std::make_index_sequence<std::variant_size_v<Variant>>{});
  return made;
}

template <class Variant>
std::string_view kind_of(const Variant& variant) {
  return std::visit([](const auto& member) { return member.kind; }, variant);
}

}  // namespace spikegrad
