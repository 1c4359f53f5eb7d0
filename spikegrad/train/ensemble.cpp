// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/proportion.hpp"
#include "spikegrad/core/provenance_json.hpp"
#include "spikegrad/train/answers.hpp"
#include "spikegrad/train/sample_trials.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t trials_at_once = 128;  ///< their outputs are kept

/// What the loss takes the largest of, from the outputs of its population alone.
std::vector<double> logits_of(const Loss& loss, const Network& network, const Tape<double>& tape) {
  return std::visit(
      [&](const auto& l) -> std::vector<double> {
        if constexpr (requires { l.logits(network, tape); }) return l.logits(network, tape);
        return {};
      },
      loss);
}

/// One answer a sample: its most probable class.
Answers answers_to(const Grid<double>& probabilities, const Task& task) {
  Answers answers(task.size(), probabilities.columns());
  for (std::size_t i = 0; i < task.size(); ++i) {
    const auto row = probabilities[i];
    answers.add(i, *label_of(*task.sample(i).loss),
                static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin()));
  }
  return answers;
}

}  // namespace

Grid<double> class_probabilities(const Model& model, std::span<const double> parameters, const Task& task,
                                 const EvaluationSettings& settings, Progress& progress) {
  if (!label_of(model.loss)) throw UserError(model.source + ": has no classes, so no ensemble can vote");
  if (settings.trials == 0) throw UserError("evaluation: trials must be 1 or more");
  const Network& network = model.network;
  const std::size_t population = population_of(model.loss),
                    classes = network.populations()[population].size();
  const std::size_t first_unit = network.layout(population).unit_offset, steps = network.steps();
  const auto engine = make_engine(model.objective(), settings.engine);
  const auto forward = engine->prepare({});
  const std::size_t all = task.size() * settings.trials;
  progress.start("evaluation", all);

  Grid<double> result(task.size(), classes);
  Tape<double> tape;
  tape.output.resize(steps, network.unit_count());  // only the columns of this population are looked at
  std::vector<double> potentials(std::min(trials_at_once, all) * steps * classes);
  for (std::size_t first = 0; first < all; first += trials_at_once) {
    std::vector<Sample> batch;
    for (std::size_t j = first; j < std::min(all, first + trials_at_once); ++j)
      batch.push_back(judged_trial(task, j / settings.trials, j % settings.trials));
    std::vector<NumberSpan> outputs;
    for (std::size_t k = 0; k < batch.size(); ++k)
      outputs.emplace_back(std::span(potentials).subspan(k * steps * classes, steps * classes));
    forward->run({.parameters = parameters, .samples = batch, .seed = settings.seed}, {.outputs = outputs});
    for (std::size_t k = 0; k < batch.size(); ++k) {
      const double* from = potentials.data() + k * steps * classes;
      for (std::size_t t = 0; t < steps; ++t)
        std::copy_n(from + t * classes, classes, tape.output[t].subspan(first_unit).begin());
      const std::vector<double> logits = logits_of(*batch[k].loss, network, tape);
      const std::vector<double> shares = detail::softmax(std::span(logits));
      for (std::size_t c = 0; c < classes; ++c)
        result[(first + k) / settings.trials][c] += shares[c] / static_cast<double>(settings.trials);
    }
    progress.advance(batch.size());
  }
  return result;
}

EnsembleJudgement judge_ensemble(const std::vector<Grid<double>>& probabilities, const Task& task) {
  if (probabilities.empty()) throw UserError("an ensemble needs a net");
  const std::size_t classes = probabilities[0].columns();
  for (const Grid<double>& p : probabilities)
    if (p.rows() != task.size() || p.columns() != classes)
      throw UserError(task.source() + ": the nets of an ensemble must have the same classes");
  EnsembleJudgement result{.samples = task.size(), .nets = probabilities.size()};
  Grid<double> sum(task.size(), classes);
  for (const Grid<double>& p : probabilities) {
    std::transform(p.flat().begin(), p.flat().end(), sum.flat().begin(), sum.flat().begin(), std::plus<>());
    result.of_nets.push_back(answers_to(p, task).accuracy());
  }
  const Answers together = answers_to(sum, task);
  result.accuracy = together.accuracy();
  result.interval = wilson_interval(result.accuracy, static_cast<double>(task.size()));
  result.confusion = together.confusion;
  result.speakers = judge_speakers(together, task);
  return result;
}

std::string to_json(const EnsembleJudgement& e, const Task& task, const std::vector<std::string>& runs,
                    const Provenance& made) {
  nlohmann::json json{{"data", task.source()},
                      {"samples", e.samples},
                      {"runs", runs},
                      {"accuracy", e.accuracy},
                      {"accuracy_interval", {e.interval.first, e.interval.second}},
                      {"accuracy_of_runs", e.of_nets},
                      {"provenance", provenance_json<nlohmann::json>(made)}};
  add_answers(json, e.speakers, e.confusion, task);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace spikegrad
