// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/bias_parts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/findings/experiment.hpp"

namespace spikegrad {
namespace {

std::vector<double> minus(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return difference;
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  const double lengths = norm(a) * norm(b);
  return lengths > 0.0 ? dot(a, b) / lengths : std::numeric_limits<double>::quiet_NaN();
}

Estimate ratio(const std::vector<NetParts>& nets, double NetParts::*above, double NetParts::*below) {
  std::vector<double> numerators, denominators;
  for (const NetParts& net : nets) numerators.push_back(net.*above), denominators.push_back(net.*below);
  return ratio_of_sums(numerators, denominators);
}

Estimate mean(const std::vector<NetParts>& nets, double NetParts::*member) {
  std::vector<double> values;
  for (const NetParts& net : nets)
    if (std::isfinite(net.*member)) values.push_back(net.*member);
  return values.empty() ? Estimate{} : mean_of(values);
}

}  // namespace

NetParts bias_parts(const Model& model, std::string_view rule) {
  const Problem problem = model.problem();
  const auto expected = [&](std::string_view name) {
    return enumerate(problem, find_estimator(name), model.estimator).gradient;
  };
  const std::vector<double> truth = exact_gradient(problem).gradient, surrogate = expected("surrogate"),
                            local = expected(rule), linearisation = minus(surrogate, truth),
                            truncation = minus(local, surrogate);
  const double smallest = rounding * norm(truth);
  const bool parts = norm(linearisation) > smallest && norm(truncation) > smallest;
  return {
      .truth = norm(truth),
      .linearisation = norm(linearisation),
      .truncation = norm(truncation),
      .total = norm(minus(local, truth)),
      .cosine = cosine(local, truth),
      .surrogate = cosine(surrogate, truth),
      .between_parts = parts ? cosine(linearisation, truncation) : std::numeric_limits<double>::quiet_NaN()};
}

PartsCell summarise(const std::vector<NetParts>& nets) {
  PartsCell cell{.linearisation = ratio(nets, &NetParts::linearisation, &NetParts::truth),
                 .truncation = ratio(nets, &NetParts::truncation, &NetParts::truth),
                 .total = ratio(nets, &NetParts::total, &NetParts::truth),
                 .ratio = ratio(nets, &NetParts::truncation, &NetParts::linearisation),
                 .cosine = mean(nets, &NetParts::cosine),
                 .surrogate = mean(nets, &NetParts::surrogate),
                 .between_parts = mean(nets, &NetParts::between_parts)};
  for (const NetParts& net : nets)
    cell.largest_truncation = std::max(cell.largest_truncation, relative(net.truncation, net.truth));
  return cell;
}

std::vector<PartsCell> parts_cells(std::size_t cells,
                                   const std::function<Model(std::size_t, std::size_t)>& make,
                                   std::string_view rule, const PartsSettings& settings, Progress& progress) {
  std::vector<std::vector<NetParts>> nets(cells, std::vector<NetParts>(settings.nets));
  progress.start(settings.task, cells * settings.nets);
  parallel_for(cells * settings.nets, settings.threads, [&](std::size_t i) {
    const std::size_t cell = i / settings.nets, net = i % settings.nets;
    nets[cell][net] = bias_parts(make(cell, net), rule);
    progress.advance();
  });
  std::vector<PartsCell> result;
  for (const auto& of_cell : nets) result.push_back(summarise(of_cell));
  return result;
}

}  // namespace spikegrad
