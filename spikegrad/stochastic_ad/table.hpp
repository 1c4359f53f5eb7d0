// SPDX-License-Identifier: Apache-2.0
// Tables: a choice by a random index, among numbers or among vectors (steps of a walk in several dimensions, rows of
// a matrix). A vector is chosen element by element; all its elements share the events of the index, so that they
// change together.
#pragma once

#include <array>
#include <string>
#include <type_traits>
#include <vector>

#include "spikegrad/stochastic_ad/propagate.hpp"

namespace spikegrad::stochastic_ad {

namespace detail {

[[noreturn]] inline void throw_index(double index, std::size_t size, const char* note) {
  throw UserError("at(array, index): index " + shortest(index) + " for an array of " + std::to_string(size) +
                  "; an integer from 0 to " + std::to_string(size) + " - 1 is needed" + note);
}
/// An integer index from a number.
template <class T>
std::size_t index_of(T index, std::size_t size, const char* note = "") {
  if (!(index >= 0 && index < static_cast<T>(size))) throw_index(index, size, note);
  const auto integer = static_cast<std::size_t>(index);
  if (static_cast<T>(integer) != index) throw_index(index, size, note);
  return integer;
}

/// Element j of every row of a table.
template <class Table>
struct Column {
  const Table& table;
  std::size_t j;

  std::size_t size() const { return table.size(); }
  const auto& operator[](std::size_t i) const { return table[i][j]; }
};

template <class Table>
void require_rows_of_one_size(const Table& table) {
  for (std::size_t i = 1; i < table.size(); ++i)
    if (table[i].size() != table[0].size())
      throw UserError("at(array, index): row " + std::to_string(i) + " has " +
                      std::to_string(table[i].size()) + " elements, row 0 has " +
                      std::to_string(table[0].size()) +
                      "; all must have as many, for a length has no alternatives");
}

}  // namespace detail

/// array[index] for a random index counted from 0: what the value chooses, and what each alternative would
/// have chosen. `array` is anything with size() and [], of plain numbers, dual numbers or triples, or of a std::array or
/// std::vector of these (rows of one size). Throws UserError for an index that is not an integer in range, or that has a
/// derivative part (a table has no slope).
template <class Array, class Index>
auto at(const Array& array, const Index& index) {
  const std::size_t size = array.size();
  using Element = std::remove_cvref_t<decltype(array[0])>;
  if constexpr (!Triple<Index>) {
    return Element(array[detail::index_of(static_cast<double>(value(index)), size)]);
  } else if constexpr (detail::is_array<Element>) {
    const std::size_t row = detail::index_of(value(index), size);
    detail::require_rows_of_one_size(array);
    using Number = decltype(at(detail::Column<Array>{array, 0}, index));
    std::size_t j = 0;
    return detail::map_elements<Number>(array[row], [&](const auto&) {
      return at(detail::Column<Array>{array, j++}, index);
    });
  } else {
    using T = typename Index::value_type;
    if (has_slope(derivative(index)))
      throw UserError(
          "at(array, index): the index has a derivative part (from a smoothed draw, or from a continuous "
          "parameter), and an array lookup has no slope: use a back end that keeps alternatives");
    const auto& chosen = array[detail::index_of(value(index), size)];
    const typename Index::dual_type dual(detail::smooth(chosen));
    return Index(dual, Index::backend::combine(
                           dual.value,
                           [&](auto&& visitor) {
                             detail::visit(index, visitor);
                             detail::visit(chosen, visitor);
                           },
                           [&](const auto& event) -> T {
                             const std::size_t other = detail::index_of(detail::under(index, event), size,
                                                                        detail::of_an_alternative);
                             return static_cast<T>(detail::under(array[other], event));
                           }));
  }
}

}  // namespace spikegrad::stochastic_ad
