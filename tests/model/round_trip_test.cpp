// SPDX-License-Identifier: Apache-2.0
// parse_model(to_toml(m)) is m.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/kinds.hpp"
#include "tests/model/equal.hpp"
#include "tests/model/example.hpp"
#include "tests/model/random_model.hpp"
#include "tests/support/all_members.hpp"

namespace spikegrad {
namespace {

Model again(const Model& model) {
  return parse_model(to_toml(model), "again.toml");
}

TEST(RoundTrip, RandomModels) {
  std::set<std::string> kinds;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Model model = random_model(seed);
    EXPECT_EQ(difference(model, again(model)), "") << seed << "\n" << to_toml(model);
    for (const Population& population : model.network.populations()) {
      if (population.spikes()) kinds.emplace("escape " + std::string(kind_of(population.escape)));
      if (population.surrogate) kinds.emplace("surrogate " + std::string(kind_of(*population.surrogate)));
    }
    kinds.emplace("loss " + std::string(kind_of(model.loss)));
    for (const Regulariser& regulariser : model.regularisers)
      kinds.emplace("regulariser " + std::string(kind_of(regulariser)));
  }
  // The random models went through every member of these families.
  EXPECT_EQ(kinds.size(), std::variant_size_v<Escape> + std::variant_size_v<Surrogate> +
                              std::variant_size_v<Loss> + std::variant_size_v<Regulariser>);
}

TEST(RoundTrip, EveryUnit) {
  for (const Unit& unit : testing::all_members<Unit>()) {
    const bool spikes = output_of(unit) == UnitOutput::spike;
    const std::string kind(kind_of(unit));
    if (output_of(unit) == UnitOutput::given) continue;  // the inputs are in all models
    const std::string populations =
        "[[population]]\nname = 'x'\nkind = 'input'\nsize = 2\n[[population]]\nname = 'h'\nkind = '" + kind +
        "'\nsize = 2\n" + (spikes ? "output = 'analog'\n" : "");
    const Model model = parse_model(example({{"population", populations}}), "m.toml");
    EXPECT_EQ(difference(model, again(model)), "") << kind;
  }
}

TEST(RoundTrip, TheComparisonSeesEveryChange) {
  const Model model = parse_model(example(), "m.toml");
  for (const std::string change :
       {"seed=2", "time.dt=2e-3", "population.h.tau_mem=1", "population.h.reset=none",
        "population.h.output=analog", "population.h.escape.beta=1", "population.h.surrogate.kind=arctan",
        "population.h.differentiate_reset=true", "population.h.dropout=0.5",
        "regulariser={kind='upper-bound', population='h'}", "population.h.bias=0", "population.h.name=g",
        "connection.x->h.weights.0.0=1", "input.spikes=[]", "loss.coefficients=[0, 1]", "estimator.group=7",
        "training.epochs=7", "field.surrogates=[{kind='arctan'}]"}) {
    std::vector<std::string> overrides{change};
    if (change.ends_with("name=g")) overrides = {"connection.x->h.to=g", "loss.population=g", change};
    EXPECT_NE(difference(model, parse_model(example(), "m.toml", overrides)), "") << change;
  }
}

TEST(RoundTrip, DrawnAndGeneratedThingsAreWrittenOut) {
  const std::vector<std::string> overrides{"input={ kind = 'poisson', rate = 300 }",
                                           "population.h.bias={ kind = 'normal' }"};
  const std::string connection =
      "[[connection]]\nfrom = 'x'\nto = 'h'\ninit = { kind = 'fluctuation-driven' }\n";
  const std::string loss = "[loss]\nkind = 'van-rossum'\npopulation = 'h'\ntarget = { kind = 'picture' }\n";
  const Model model = parse_model(example({{"connection", connection}, {"loss", loss}}), "m.toml", overrides);
  const std::string text = to_toml(model);
  for (const char* word : {"init", "poisson", "picture", "fluctuation"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;
  EXPECT_EQ(difference(model, parse_model(text, "again.toml")), "");
  // Another seed changes nothing any more but itself.
  EXPECT_EQ(difference(model, parse_model(text, "again.toml", std::vector<std::string>{"seed=99"})), "seed");
}

TEST(RoundTrip, ExtremeNumbersKeepTheirBits) {
  Model model = parse_model(example(), "m.toml");
  model.parameters = {0.1, 5e-324, -1.7976931348623157e308, 1.0 / 3.0};
  EXPECT_EQ(again(model).parameters, model.parameters);
  model.parameters = {1e22, 123456789012345680.0, -0.0, 1e-5};
  EXPECT_EQ(again(model).parameters, model.parameters);
  EXPECT_TRUE(std::signbit(again(model).parameters[2]));
}

TEST(RoundTrip, ASeedThatTomlCannotHold) {
  Model model = parse_model(example(), "m.toml");
  model.seed = ~std::uint64_t{0};
  EXPECT_THROW(to_toml(model), UserError);
}

}  // namespace
}  // namespace spikegrad
