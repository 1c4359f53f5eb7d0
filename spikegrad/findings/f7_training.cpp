// SPDX-License-Identifier: Apache-2.0
// F7: training stochastic nets, on spike-train matching and on classification.
#include <iterator>

#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f7_classification.hpp"
#include "spikegrad/findings/f7_figures.hpp"
#include "spikegrad/findings/looks.hpp"
#include "spikegrad/findings/measurements.hpp"

namespace spikegrad {
namespace {

template <class T>
void append(std::vector<T>& list, std::vector<T>&& more) {
  list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Trains on, with the seeds of the first look, then of the next, until the claims are decided. All rows come
/// from the same trainings, so the first has their time.
template <class Plan, class Measurement>
FindingResult trained_until_decided(const Plan& plan, Measurement measured,
                                    FindingResult (*judge)(const Plan&, const Measurement&),
                                    const FindingSettings& settings, Progress& progress, Stopwatch& watch) {
  FindingResult result;
  measure_until_decided(looks_of(plan), [&](std::size_t seeds) {
    add_seeds(measured, seeds, plan, settings, progress);
    result = judge(plan, measured);
    return result.rows;
  });
  result.rows[0].seconds = watch.lap();
  return result;
}

}  // namespace

void check_training(const FindingSettings& settings) {
  check_target(matching_plan(settings.full), settings);
  check_data(classification_plan(settings.full, settings.data), settings);
}

FindingResult measure_training(const FindingSettings& settings, Progress& progress) {
  Stopwatch watch;
  const MatchingPlan matching = matching_plan(settings.full);
  check_target(matching, settings);  // a picture that cannot be read ends the work before it begins
  const ClassificationPlan classification = classification_plan(settings.full, settings.data);
  FindingResult second =
      trained_until_decided(classification, measure_classification(classification, settings, progress),
                            judge_classification, settings, progress, watch);
  FindingResult result = trained_until_decided(matching, measure_matching(matching, settings, progress),
                                               judge_matching, settings, progress, watch);

  append(result.rows, std::move(second.rows));
  append(result.tables, std::move(second.tables));
  append(result.figures, std::move(second.figures));
  result.method += "\n\n" + second.method;
  return result;
}

}  // namespace spikegrad
