// SPDX-License-Identifier: Apache-2.0
// F7: training stochastic nets, on spike-train matching and on classification.
#include <iterator>

#include "spikegrad/data/png.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f7_classification.hpp"
#include "spikegrad/findings/f7_figures.hpp"
#include "spikegrad/findings/measurements.hpp"

namespace spikegrad {
namespace {

template <class T>
void append(std::vector<T>& list, std::vector<T>&& more) {
  list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

FindingResult measure_training(const FindingSettings& settings, Progress& progress) {
  Stopwatch watch;
  // A picture or data that cannot be read end the work before it begins.
  if (settings.target) read_png(*settings.target);
  const ClassificationPlan classification = classification_plan(settings.full, settings.data);
  FindingResult second =
      judge_classification(classification, measure_classification(classification, settings, progress));
  second.rows[0].seconds = watch.lap();  // all rows come from the same trainings

  const MatchingPlan matching = matching_plan(settings.full);
  FindingResult result = judge_matching(matching, measure_matching(matching, settings, progress));
  result.rows[0].seconds = watch.lap();

  append(result.rows, std::move(second.rows));
  append(result.tables, std::move(second.tables));
  append(result.figures, std::move(second.figures));
  result.method += "\n\n" + second.method;
  return result;
}

}  // namespace spikegrad
