// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/answers.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "spikegrad/core/proportion.hpp"

namespace spikegrad {

void Answers::add(std::size_t sample, std::size_t label, std::size_t answer) {
  ++confusion[label][answer];
  ++votes[sample][answer];
  right += answer == label;
  ++all;
}

std::size_t Answers::vote(std::size_t sample) const {
  const auto row = votes[sample];
  return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

std::vector<SpeakerAccuracy> judge_speakers(const Answers& answers, const Task& task) {
  struct Count {
    std::size_t samples = 0;
    std::uint64_t right = 0, all = 0;
  };
  std::map<std::uint16_t, Count> counts;
  for (std::size_t i = 0; i < task.speakers().size(); ++i) {
    Count& count = counts[task.speakers()[i]];
    const auto row = answers.votes[i];
    ++count.samples;
    count.right += row[*label_of(*task.sample(i).loss)];
    count.all += std::accumulate(row.begin(), row.end(), std::uint64_t{0});
  }
  std::vector<SpeakerAccuracy> result;
  for (const auto& [speaker, count] : counts) {
    const double accuracy = static_cast<double>(count.right) / static_cast<double>(count.all);
    result.push_back(
        {speaker, count.samples, accuracy, wilson_interval(accuracy, static_cast<double>(count.samples))});
  }
  return result;
}

void add_answers(nlohmann::json& json, const std::vector<SpeakerAccuracy>& speakers,
                 const Grid<std::uint64_t>& confusion, const Task& task) {
  for (const SpeakerAccuracy& s : speakers)
    json["speakers"].push_back({{"speaker", s.speaker},
                                {"samples", s.samples},
                                {"accuracy", s.accuracy},
                                {"accuracy_interval", {s.interval.first, s.interval.second}}});
  json["classes"] = std::vector<std::string>(task.class_names().begin(), task.class_names().end());
  for (std::size_t c = 0; c < confusion.rows(); ++c)
    json["confusion"].push_back(std::vector<std::uint64_t>(confusion[c].begin(), confusion[c].end()));
}

}  // namespace spikegrad
