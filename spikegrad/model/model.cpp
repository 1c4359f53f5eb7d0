// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/model/model.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

#include "spikegrad/core/embedded.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/core/suggest.hpp"
#include "spikegrad/model/overrides.hpp"
#include "spikegrad/model/parse_document.hpp"
#include "spikegrad/model/read_sections.hpp"
#include "spikegrad/model/toml_table.hpp"

namespace spikegrad {
namespace {

std::uint64_t read_seed(TomlTable& root) {
  const toml::node* node = root.find("seed");
  if (!node) return 0;
  const auto seed = node->value_exact<std::int64_t>();
  if (!seed || *seed < 0)
    root.fail("seed", *node,
              fmt::format("must be a whole number from 0 to {}", std::numeric_limits<std::int64_t>::max()));
  return static_cast<std::uint64_t>(*seed);
}

/// The model file of that name that comes with the program, with or without folder and ending, if there is
/// one. Throws UserError that suggests the nearest where the name is like one of them.
std::optional<std::string_view> experiment(const std::string& path) {
  constexpr std::string_view folder = "experiments/", ending = ".toml";
  std::string name = path.starts_with(folder) ? path.substr(folder.size()) : path;
  if (!name.ends_with(ending)) name += ending;
  std::vector<std::string_view> known;
  for (const std::string_view file : embedded_names(folder)) {
    known.push_back(file.substr(folder.size()));
    if (known.back() == name) return embedded_file(file);
  }
  if (const auto found = nearest(name, known); !found.empty())
    throw UserError(
        fmt::format("{}: there is no such file ({}spikegrad list experiments)", path, question(found)));
  return std::nullopt;
}

}  // namespace

std::vector<const toml::table*> tables_of(TomlTable& root, std::string_view name) {
  std::vector<const toml::table*> tables;
  const toml::node* node = root.find(name);
  if (!node) return tables;
  if (const toml::table* table = node->as_table()) return {table};
  const toml::array* array = node->as_array();
  if (array)
    for (const toml::node& entry : *array)
      if (entry.is_table()) tables.push_back(entry.as_table());
  if (!array || tables.size() != array->size())
    root.fail(name, *node, fmt::format("must be sections [[{}]]", name));
  return tables;
}

Model parse_model(std::string_view text, const std::string& source, std::span<const std::string> overrides) {
  toml::table document = parse_document(text, source);
  for (const std::string& text_of_one : overrides) apply_override(document, text_of_one);

  TomlTable root(document, "");
  const std::filesystem::path folder = std::filesystem::path(source).parent_path();
  const std::uint64_t seed = read_seed(root);
  NetworkSection section = read_network(root, seed);
  const Network& network = section.network;
  InputSection input = read_input(root, network, seed, folder);
  if (input.data && network.steps() > ModelLimits::data_steps) {
    const toml::table& time = *document["time"].as_table();
    TomlTable(time, "[time]")
        .fail("steps", *time.get("steps"),
              fmt::format("must be at most {} with a data set", ModelLimits::data_steps));
  }
  Loss loss = read_loss(root, network, seed, folder, input.data.has_value());
  std::vector<Regulariser> regularisers = read_regularisers(root, network);
  const EstimatorSettings estimator = read_estimator(root);
  TrainingSettings training = read_training(root, network);
  const AugmentationSettings augmentation = read_augmentation(root);
  FieldSettings field = read_field(root, network);
  root.finish();
  return Model{.source = source,
               .seed = seed,
               .network = std::move(section.network),
               .parameters = std::move(section.parameters),
               .input = std::move(input.input),
               .loss = std::move(loss),
               .regularisers = std::move(regularisers),
               .data = input.data,
               .estimator = estimator,
               .training = std::move(training),
               .augmentation = augmentation,
               .field = std::move(field)};
}

namespace {

/// A data set's own population has no input in the model; the others do.
void check_data(const Model& model) {
  const auto& populations = model.network.populations();
  const std::size_t own = model.data->population;
  if (own >= populations.size() || output_of(populations[own].unit) != UnitOutput::given)
    throw UserError("its data are for population " + std::to_string(own) + ", which is no input");
  if (!label_of(model.loss))
    throw UserError("a data set has labels: the loss must be " + std::string(losses_of_a_label));
  if (model.data->pool == 0) throw UserError("[input] pool must be 1 or more");
}

}  // namespace

void check(const Model& model) {
  try {
    Input input = model.input;
    if (model.data) {
      check_data(model);
      input.values.resize(model.network.populations().size());
      input.values[model.data->population] =
          Grid<double>(model.network.steps(), model.network.populations()[model.data->population].size());
    }
    check(Problem{model.network, model.parameters, input, model.loss, model.regularisers});
  } catch (const UserError& error) {
    throw UserError(one_line(model.source, 300) + ": " + error.what());
  }
}

Problem Model::problem() const {
  if (data)
    throw UserError(one_line(source, 300) + ": its input is a data set, where this needs one fixed input; " +
                    "spikegrad train MODEL.toml --data FILE trains it");
  return {network, parameters, input, loss, regularisers};
}

Model load_model(const std::filesystem::path& path, std::span<const std::string> overrides) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    if (const auto text = experiment(path.string())) return parse_model(*text, path.string(), overrides);
  return parse_model(read_file(path, ModelLimits::file_bytes), path.string(), overrides);
}

}  // namespace spikegrad
