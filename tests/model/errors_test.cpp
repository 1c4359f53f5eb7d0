// SPDX-License-Identifier: Apache-2.0
// What a model file says when it is wrong: one line that names the file, the line and the key.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/model/model.hpp"
#include "tests/model/example.hpp"

namespace spikegrad {
namespace {

template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return message_of([&] { parse_model(text, "m.toml", overrides); });
}

bool is_one_line(const std::string& message) {
  return message.find_first_of("\n\r\t") == std::string::npos && message.size() < 1000;
}

/// Line of the first occurrence of `part`.
std::size_t line_of(const std::string& text, const std::string& part) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return 1 + static_cast<std::size_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

struct Mistake {
  std::string what, by;  ///< in the example
  std::string message;   ///< after "m.toml:LINE: ", its beginning
};

// One row for each way to be wrong; the message must name the line of the replacement.
TEST(ModelErrors, NameFileLineKeyAndWhatWouldBeRight) {
  const std::vector<Mistake> mistakes{
      {"seed = 1", "seed = -1", "seed = -1: must be a whole number from 0 to"},
      {"seed = 1", "seed = 1.5", "seed = 1.5: must be a whole number"},
      {"seed = 1", "sed = 1", "unknown key 'sed' (did you mean 'seed'?"},
      {"dt = 1e-3", "dt = 0", "[time] dt = 0: must be a number above 0"},
      {"dt = 1e-3", "dt = nan", "[time] dt = nan: must be a number above 0"},
      {"dt = 1e-3", "dt = inf", "[time] dt = inf: must be a number above 0"},
      {"dt = 1e-3", "dt = '1 ms'", "[time] dt = \"1 ms\": must be a number above 0"},
      {"dt = 1e-3", "dt = 1979-05-27", "[time] dt = 1979-05-27: must be a number above 0"},
      {"dt = 1e-3", "tau = 1e-3", "[time] unknown key 'tau'"},
      {"steps = 3", "steps = 0", "[time] steps = 0: must be a whole number from 1 to"},
      {"steps = 3", "steps = 3.0", "[time] steps = 3: must be a whole number"},
      {"steps = 3", "steps = 99999999999", "[time] steps = 99999999999: must be a whole number"},
      {"steps = 3", "steps = 99999999999999999999", ""},
      {"kind = \"lif\"", "kind = \"liff\"",
       "[population 'h'] kind = \"liff\": unknown kind (did you mean 'lif'?"},
      {"kind = \"lif\"", "kind = \"lif\"\ntau_mem = -1",
       "[population 'h'] tau_mem = -1: must be a number above 0"},
      {"kind = \"lif\"", "kind = \"lif\"\ntau_mm = 1",
       "[population 'h'] unknown key 'tau_mm' (did you mean 'tau_mem'?"},
      {"kind = \"lif\"", "kind = \"lif\"\nreset = 'multiplikative'",
       "[population 'h'] reset = \"multiplikative\": unknown value (did you mean 'multiplicative'?"},
      {"kind = \"lif\"", "kind = \"lif\"\nreset = 1",
       "[population 'h'] reset = 1: must be one of multiplicative, "},
      {"kind = \"lif\"", "kind = \"lif\"\ndifferentiate_reset = 0",
       "[population 'h'] differentiate_reset = 0: must be true or false"},
      {"kind = \"lif\"", "kind = \"lif\"\ndropout = -0.1",
       "[population 'h'] dropout = -0.1: must be a number from 0 to 1"},
      {"kind = \"lif\"", "kind = \"lif\"\ndropout = 1", "[population 'h'] dropout = 1: must be below 1"},
      {"kind = \"lif\"", "kind = \"lif\"\ndropout_per = \"step\"",
       "[population 'h'] dropout_per = \"step\": is for a dropout above 0"},
      {"kind = \"lif\"", "kind = \"lif\"\ndropout = 0.1\ndropout_per = \"spike\"",
       "[population 'h'] dropout_per = \"spike\": unknown value"},
      {"kind = \"input\"", "kind = \"input\"\ndropout = 0.5",
       "[population 'x'] dropout = 0.5: 'dropout' is for units that spike"},
      {"kind = \"lif\"", "kind = \"lif\"\nbias = 'x'",
       "[population 'h'] bias = \"x\": must be true, a number"},
      {"kind = \"lif\"", "kind = \"lif\"\nbias = [1]",
       "[population 'h'] bias = […]: has 1 entries, must be an array of 2"},
      {"kind = \"lif\"", "kind = \"lif\"\nbias = nan",
       "[population 'h'] bias = nan: must be a finite number"},
      {"kind = \"lif\"", "kind = \"lif\"\nbias = { kind = 'fluctuation-driven' }",
       "[population 'h'] bias = {…}: 'fluctuation-driven' is for weights"},
      {"kind = \"lif\"", "kind = \"lif\"\nsurrogate = { kind = 'superspike', bta = 1 }",
       "[population 'h'] unknown key 'surrogate.bta' (did you mean 'beta'?"},
      {"kind = \"lif\"", "kind = \"lif\"\nsurrogate = { kind = 'table', x = [0, 1] }",
       "[population 'h'] surrogate: "},
      {"kind = \"lif\"", "kind = \"lif\"\nsurrogate = 'superspike'",
       "[population 'h'] surrogate = \"superspike\": must be a table { kind ="},
      {"kind = \"sigmoid\", beta = 4.0", "kind = \"sigmoid\", beta = 0",
       "[population 'h'] escape.beta = 0: must be a number above 0"},
      {"kind = \"sigmoid\", beta = 4.0", "kind = \"sigmod\"",
       "[population 'h'] escape.kind = \"sigmod\": unknown kind (did you mean 'sigmoid'?"},
      {"kind = \"sigmoid\", beta = 4.0", "beta = 4.0",
       "[population 'h'] escape: 'kind' is missing: must be one of sigmoid"},
      {"kind = \"input\"", "kind = \"input\"\noutput = 'analog'",
       "[population 'x'] output = \"analog\": 'output' is for units that spike"},
      {"kind = \"input\"", "kind = \"input\"\nbias = 1", "[population 'x']: an input has no bias"},
      {"name = \"h\"", "name = \"x\"", "[population 'x'] name = \"x\": is used twice"},
      {"name = \"h\"", "name = \"h.a\"", "[population 'h.a'] name = \"h.a\": must be 1 to 64 letters"},
      {"name = \"h\"", "name = 'a\\n'", "[population 'a\\n'] name = \"a\\n\": must be 1 to 64 letters"},
      {"name = \"h\"", "name = \"a\\n\"", "[population 'a?'] name = \"a?\": must be 1 to 64 letters"},
      {"name = \"h\"", "name = 3", "[population '?'] name = 3: must be a text in quotes"},
      {"from = \"x\"", "from = \"y\"", "[connection 'y->h'] from = \"y\": there is no such population"},
      {"to = \"h\"", "to = \"x\"", "[connection 'x->x']: 'x' is an input and takes no connections"},
      {"to = \"h\"", "to = \"h\"\nkind = \"conv3d\"",
       "[connection 'x->h'] kind = \"conv3d\": unknown kind (did you mean 'conv1d'?"},
      {"to = \"h\"", "to = \"h\"\nkind = \"conv2d\"\nkernel = [1, 2, 3]",
       "[connection 'x->h'] kernel = […]: must be a whole number or two, [rows, columns]"},
      {"to = \"h\"", "to = \"h\"\nkind = \"conv2d\"\nstride = [1, 0]",
       "[connection 'x->h'] stride[1] = 0: must be a whole number from 1 to"},
      {"to = \"h\"", "to = \"h\"\nkind = \"conv1d\"\ndilation = 0",
       "[connection 'x->h'] dilation = 0: must be a whole number from 1 to"},
      {"to = \"h\"", "to = \"h\"\nkind = \"conv1d\"\ngroups = 2",
       "[connection 'x->h']: 2 groups do not divide the 1 channels of its source"},
      {"to = \"h\"", "to = \"h\"\nkind = \"conv2d\"\nkernel = 2",
       "[connection 'x->h']: kernel 2 is wider than the 1 padded rows of its source"},
      {"to = \"h\"", "to = \"h\"\ninit = { kind = 'normal' }",
       "[connection 'x->h']: has both weights and init"},
      {"weights = [[1.5, 2.0], [0.5, -1.0]]", "init = { kind = 'kaimin' }",
       "[connection 'x->h'] init.kind = \"kaimin\": unknown kind (did you mean 'kaiming'?"},
      {"weights = [[1.5, 2.0], [0.5, -1.0]]", "init = { kind = 'uniform', low = 2, high = 1 }",
       "[connection 'x->h'] init: low must not be above high"},
      {"weights = [[1.5, 2.0], [0.5, -1.0]]", "init = { kind = 'normal', std = -1 }",
       "[connection 'x->h'] init.std = -1: must be a number of 0 or more"},
      {"[[1.5, 2.0], [0.5, -1.0]]", "[[1.5, 2.0]]",
       "[connection 'x->h'] weights = […]: has 1 entries, must be an array of 2 (the shape [post, pre] is "
       "[2, 2])"},
      {"[[1.5, 2.0], [0.5, -1.0]]", "[[1.5, 2.0], [0.5]]",
       "[connection 'x->h'] weights[1] = […]: has 1 entries, must be an array of 2"},
      {"[[1.5, 2.0], [0.5, -1.0]]", "[[1.5, 2.0], 3]", "[connection 'x->h'] weights[1] = 3: is no array"},
      {"[[1.5, 2.0], [0.5, -1.0]]", "[[1.5, nan], [0.5, 1]]",
       "[connection 'x->h'] weights[0][1] = nan: must be a finite number"},
      {"[[1.5, 2.0], [0.5, -1.0]]", "[[1.5, true], [0.5, 1]]",
       "[connection 'x->h'] weights[0][1] = true: must be a finite number"},
      {"kind = \"spikes\"", "kind = \"spike\"",
       "[input 'x'] kind = \"spike\": unknown kind (did you mean 'spikes'?"},
      {"kind = \"spikes\"", "kind = \"poisson\"", "[input 'x']: 'rate' is missing"},
      {"kind = \"spikes\"", "kind = \"values\"\nvalues = [1, 2, 3]",
       "[input 'x'] values = […]: has 3 entries, must be an array of 2"},
      {"kind = \"spikes\"", "population = 'h'\nkind = \"spikes\"",
       "[input] population = \"h\": must be a population of kind 'input'"},
      {"[[0, 0], [1, 1]]", "[[0, 0], [3, 1]]",
       "[input 'x'] spikes[1][0] = 3: the step must be a whole number from 0 to 2"},
      {"[[0, 0], [1, 1]]", "[[0, 0], [1, 2]]",
       "[input 'x'] spikes[1][1] = 2: the unit must be a whole number from 0 to 1"},
      {"[[0, 0], [1, 1]]", "[[0, 0], [1, -1]]", "[input 'x'] spikes[1][1] = -1: the unit"},
      {"[[0, 0], [1, 1]]", "[[0, 0], [1]]", "[input 'x'] spikes[1] = […]: must be a pair [step, unit]"},
      {"[[0, 0], [1, 1]]", "[[0, 0], [0, 0]]",
       "[input 'x'] spikes[1] = […]: the spike [0, 0] is there twice"},
      {"[[0, 0], [1, 1]]", "7", "[input 'x'] spikes = 7: must be a list"},
      {"kind = \"linear\"", "kind = \"linea\"",
       "[loss] kind = \"linea\": unknown kind (did you mean 'linear'?"},
      {"kind = \"linear\"", "kind = \"likelihood\"", "[loss]: 'target' is missing"},
      {"kind = \"linear\"", "kind = \"cross-entropy-max\"", ""},
      {"population = \"h\"", "population = \"x\"", "[loss] population = \"x\": is an input"},
      {"population = \"h\"", "population = \"H\"",
       "[loss] population = \"H\": there is no such population (did you mean 'x'?"},
      {"population = \"h\"", "popul = \"h\"", "[loss]: 'population' is missing"},
      {"[[0, 0], [1, 0], [0, -1]]", "[[0, 0], [1, 0]]",
       "[loss] coefficients = […]: has 2 entries, must be an array of 3 (the shape [step, unit] is [3, 2])"},
      {"[input]", "[inputs]", ""},
      {"[loss]", "[los]", ""},
      {"[loss]", "[[regulariser]]\nkind = 'upper'\npopulation = 'h'\n[loss]",
       "[regulariser] kind = \"upper\": unknown kind"},
      {"[loss]", "[[regulariser]]\nkind = 'upper-bound'\n[loss]", "[regulariser]: 'population' is missing"},
      {"[loss]", "[[regulariser]]\nkind = 'upper-bound'\npopulation = 'x'\n[loss]",
       "[regulariser] population = \"x\": has no spikes to count"},
      {"[loss]", "[[regulariser]]\nkind = 'lower-bound'\npopulation = 'h'\nbound = -1\n[loss]",
       "[regulariser] bound = -1: must be a number of 0 or more"},
      {"[loss]", "[[regulariser]]\nkind = 'lower-bound'\npopulation = 'h'\nnorm = 'l3'\n[loss]",
       "[regulariser] norm = \"l3\": unknown value"},
      {"[loss]", "[[regulariser]]\nkind = 'lower-bound'\npopulation = 'h'\nunit = 1\n[loss]",
       "[regulariser] unknown key 'unit'"},
      {"[loss]", "[training]\nepochs = -1\n[loss]",
       "[training] epochs = -1: must be a whole number from 0 to"},
      {"[loss]", "[training]\noptimiser = 'adam'\nmomentum = 0.9\n[loss]",
       "[training] momentum = 0.9: is of optimiser \"sgd\", and this is \"adam\""},
      {"[loss]", "[training]\nestimator = 'surogate'\n[loss]",
       "[training] estimator = \"surogate\": there is no estimator 'surogate' (did you mean 'surrogate"},
      {"[loss]", "[estimator]\nstep = 0\n[loss]", "[estimator] step = 0: must be a number above 0"},
      {"[loss]", "[field.scan]\nparameter = 'x->h[2,0]'\n[loss]",
       "[field.scan] parameter = \"x->h[2,0]\": 'x->h[2,0]' must have the form x->h[0…1,0…1]"},
      {"[loss]", "[field.scan]\nparameter = 'x->g[0,0]'\n[loss]",
       "[field.scan] parameter = \"x->g[0,0]\": there are no parameters 'x->g' (did you mean 'x->h'?"},
      {"[loss]", "[field.loop]\nsine = [1]\ncosine = [1]\n[loss]",
       "[field.loop] sine = […]: has 1 numbers, must have one for each of the 4 parameters"},
      {"[loss]", "[field]\nsurrogates = [3]\n[loss]", "[field] surrogates[0] = 3: must be a table"},
  };
  for (const Mistake& mistake : mistakes) {
    const std::string text = replaced(example(), mistake.what, mistake.by), message = error_of(text);
    SCOPED_TRACE(mistake.by + "  →  " + message);
    EXPECT_TRUE(is_one_line(message));
    ASSERT_TRUE(message.starts_with("m.toml:"));
    const std::size_t colon = message.find(':', 7);
    EXPECT_EQ(message.substr(colon + 2, mistake.message.size()), mistake.message);
    // A message about a section names its first line, one about a key the key's own.
    const std::size_t line = std::stoul(message.substr(7, colon - 7)),
                      first = line_of(example(), mistake.what);
    const auto lines = static_cast<std::size_t>(std::count(mistake.by.begin(), mistake.by.end(), '\n'));
    if (!mistake.message.empty()) {
      EXPECT_LE(line, first + lines);
      EXPECT_GE(line + 5, first);
    }
  }
}

TEST(ModelErrors, TheLineIsTheKeysOwn) {
  const std::string text = replaced(example(), "beta = 4.0", "beta = -4.0");
  EXPECT_TRUE(error_of(text).starts_with("m.toml:" + std::to_string(line_of(text, "-4.0")) + ": "));
}

TEST(ModelErrors, TimeConstantsThatCannotBeLearned) {
  const auto says = [](const std::vector<std::string>& overrides, const std::string& part) {
    const std::string message = error_of(example(), overrides);
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_TRUE(is_one_line(message)) << message;
  };
  says({"population.h.learn_time_constants=each"}, "learn_time_constants = \"each\": unknown value");
  says({"population.x.learn_time_constants=unit"}, "'input' units have no time constants");
  says({"population.h.learn_gains=unit"}, "'lif' units have no gains");
  says({"population.h.log_tau_mem=-4"}, "log_tau_mem = -4: is for learn_time_constants = \"population\" or");
  says({"population.h.learn_time_constants=unit", "population.h.log_tau_mem=[1]"}, "log_tau_mem");
  says({"population.h.learn_time_constants=unit", "population.h.log_tau_mem=true"},
       "must be a number, an array of numbers or");
  says({"population.h.learn_time_constants=unit", "population.h.log_tau_adaptation=1"},
       "unknown key 'log_tau_adaptation'");
}

TEST(ModelErrors, MissingSections) {
  EXPECT_EQ(error_of(example({{"time", ""}})),
            "m.toml:1: 'time' is missing: must be a section [time] with dt and steps");
  EXPECT_EQ(error_of(example({{"loss", ""}})), "m.toml:1: 'loss' is missing: must be a section [loss]");
  EXPECT_EQ(error_of(example({{"input", ""}})),
            "m.toml:1: 'input' is missing: must be a section [input] for the population 'x'");
  EXPECT_EQ(error_of("seed = 1\n[time]\nsteps = 1\n"), "m.toml:1: the network has no population");
}

TEST(ModelErrors, TwoOfTheSame) {
  const std::string connection = "[[connection]]\nfrom = 'x'\nto = 'h'\nweights = [[1, 2], [3, 4]]\n";
  const std::string text = example({{"connection", connection + connection}});
  EXPECT_NE(error_of(text).find(": [connection 'x->h']: there are two of them"), std::string::npos)
      << error_of(text);
  const std::string input = "[[input]]\nkind = 'spikes'\nspikes = []\n";
  EXPECT_NE(error_of(example({{"input", input + input}})).find("is the second input of 'x'"),
            std::string::npos);
}

TEST(ModelErrors, SizesThatWouldTakeAllMemory) {
  for (const std::string sizes :
       {"population.x.size=2000000000", "time.steps=2000000000",
        "population.x={ name = 'x', kind = 'input', shape = [2000000000, 2000000000] }"}) {
    const std::string message = error_of(example(), {sizes});
    EXPECT_NE(message.find("more than the 268435456 that are allowed"), std::string::npos) << message;
    EXPECT_TRUE(is_one_line(message));
  }
  // Each population and step is small enough, but not their connection.
  const std::string message =
      error_of(example(), {"time.steps=1", "population.x.size=50000", "population.h.size=50000"});
  EXPECT_NE(message.find("makes 2500000000 weights, more than"), std::string::npos) << message;
}

TEST(ModelErrors, OverridesNameThemselves) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"population.h.tau_mem=-1",
       "--set population.h.tau_mem=-1: [population 'h'] tau_mem = -1: must be a number above 0"},
      {"population.h.tau_mm=1",
       "--set population.h.tau_mm=1: [population 'h'] unknown key 'tau_mm' (did you mean 'tau_mem'?"},
      {"population.g.tau_mem=1",
       "--set population.g.tau_mem=1: there is no population 'g' (did you mean 'x'? there are: x, h)"},
      {"populatoin.h.tau_mem=1",
       "--set populatoin.h.tau_mem=1: unknown key 'populatoin' (did you mean 'population'?"},
      {"connection.x->g.init=1",
       "--set connection.x->g.init=1: there is no connection 'x->g' (did you mean 'x->h'? there are: x->h)"},
      {"time.steps.x=1", "--set time.steps.x=1: 'time.steps' is 3 and has no part 'x'"},
      {"time.steps", "--set time.steps: must have the form key=value"},
      {"=3", "--set =3: must have the form key=value"},
      {"time..steps=3", "--set time..steps=3: the key must be names joined by dots"},
      {"time.steps=", "--set time.steps=: the value must be"},
      {"time.steps=[", "--set time.steps=[: the value must be"},
      {"time.steps=1\nseed = 3", "--set time.steps=1?seed = 3: the value must be"},
      {"connection.x->h.weights.7.0=1",
       "--set connection.x->h.weights.7.0=1: 'connection.x->h.weights' has 2 entries, and '7' is not the "
       "number of one"},
      {"estimator.nothing=1", "--set estimator.nothing=1: [estimator] unknown key 'nothing'"},
  };
  for (const auto& [text, message] : cases)
    EXPECT_EQ(error_of(example(), {text}).substr(0, message.size()), message);
}

TEST(ModelErrors, WhatIsNoModelFile) {
  EXPECT_EQ(error_of(""), "m.toml: is empty, must be a model file in TOML");
  EXPECT_EQ(error_of(" \n\t\r\n"), "m.toml: is empty, must be a model file in TOML");
  EXPECT_EQ(error_of(std::string("seed\0 = 1", 9)), "m.toml: is a binary file, must be a model file in TOML");
  for (const std::string text :
       {"seed = ", "seed = 1 2", "[[population]", "seed = 1\nseed = 2", "\xff\xfe", "a = \"\n\"",
        "\x7f"
        "ELF",
        "x = [1, 2", "= 1"}) {
    const std::string message = error_of(text);
    EXPECT_TRUE(message.starts_with("m.toml:")) << message;
    EXPECT_TRUE(is_one_line(message)) << message;
  }
  EXPECT_TRUE(error_of("\n\nseed = = 1\n").starts_with("m.toml:3: ")) << error_of("\n\nseed = = 1\n");
}

// Deep nesting must end in a message, not in a stack overflow.
TEST(ModelErrors, DeepNesting) {
  const std::size_t deep = 1'000'000;
  std::string dotted;
  for (std::size_t k = 0; k < deep; ++k) dotted += "a.";
  std::string quoted;
  for (std::size_t k = 0; k < deep; ++k) quoted += "\"a\" . 'b' .";
  for (const std::string& text :
       {"a = " + std::string(deep, '[') + std::string(deep, ']'), "[" + dotted + "a]\n", dotted + "a = 1",
        quoted + "a = 1", "a = { " + dotted + "a = 1 }", "x = '''\n''' \n" + dotted + "a = 1"}) {
    const std::string message = error_of(text);
    EXPECT_TRUE(message.starts_with("m.toml:")) << message;
    EXPECT_TRUE(is_one_line(message)) << message;
  }
  // Dots where they are no parts of keys do not count.
  const std::string dots(100, '.');
  const std::string harmless = "# " + dots + "\n" + example() + "\n[training]\noptimiser = \"\"\"\n" + dots +
                               "\"\"\" # " + dots + "'\n";
  EXPECT_NE(error_of(harmless).find("there is no optimiser"), std::string::npos) << error_of(harmless);
}

class ModelFiles : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& content) {
    write_file(folder_ / name, content);
    return (folder_ / name).string();
  }
  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) /
                                  (std::string("spikegrad_model_errors_") +
                                   ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ModelFiles, MissingFoldersAndHugeOnes) {
  const auto error = [](const std::filesystem::path& path) { return message_of([&] { load_model(path); }); };
  EXPECT_TRUE(error(folder_ / "none.toml").starts_with((folder_ / "none.toml").string() + ": "));
  EXPECT_NE(error(folder_).find("is a folder"), std::string::npos);
  const std::string huge = write("huge.toml", "");
  std::filesystem::resize_file(huge, ModelLimits::file_bytes + 1);
  EXPECT_EQ(error(huge), huge + ": is longer than 64 MiB, the most that is read");
  std::filesystem::resize_file(huge, 0);
  EXPECT_EQ(error(huge), huge + ": is empty, must be a model file in TOML");
}

TEST_F(ModelFiles, PicturesAreLookedForBesideTheModel) {
  const std::string target =
      "[loss]\nkind = 'squared-error'\npopulation = 'h'\ntarget = { kind = 'picture', file = 'p.png' }\n";
  const std::string path = write("m.toml", example({{"loss", target}}));
  const auto error = [&](const std::vector<std::string>& overrides = {}) {
    return message_of([&] { load_model(path, overrides); });
  };
  const std::string picture = (folder_ / "p.png").string();
  EXPECT_NE(error().find("[loss] target.file = \"p.png\": " + picture + ": cannot be read: No such file"),
            std::string::npos)
      << error();
  write("p.png", "no picture");
  EXPECT_NE(error().find(picture + ": is not a PNG picture"), std::string::npos) << error();
  EXPECT_NE(error({"loss.target.file=none.png"})
                .find("--set loss.target.file=none.png: [loss] target.file = \"none.png\": none.png: "),
            std::string::npos)
      << error({"loss.target.file=none.png"});
  EXPECT_NE(error({"loss.target={ kind = 'picture', threshold = 0.3 }"})
                .find("threshold = 0.3: is for a picture from a file"),
            std::string::npos);
}

TEST(ModelErrors, LossesThatDoNotFitTheirPopulation) {
  const auto error = [](const std::string& loss, const std::string& output = "stochastic") {
    return error_of(example({{"loss", "[loss]\npopulation = 'h'\n" + loss}}),
                    {"population.h.output=" + output});
  };
  const std::string likelihood = "kind = 'likelihood'\ntarget = { kind = 'spikes', spikes = [[0, 1]] }\n";
  EXPECT_EQ(error(likelihood), "no error");
  EXPECT_NE(error(likelihood, "deterministic").find("must look at units with output = \"stochastic\""),
            std::string::npos);
  EXPECT_NE(error("kind = 'likelihood'\ntarget = { kind = 'values', values = [0, 0.5] }\n")
                .find("target = {…}: must be 0 or 1"),
            std::string::npos);
  EXPECT_NE(error("kind = 'cross-entropy-mean'\nlabel = 0\n").find("must look at a readout"),
            std::string::npos);
  EXPECT_NE(error("kind = 'van-rossum'\ntau_syn = 10e-3\ntarget = { kind = 'poisson', rate = 10 }\n")
                .find("tau_mem and tau_syn"),
            std::string::npos);
  const auto readout = [](const std::string& label) {
    return error_of(
        example({{"population",
                  "[[population]]\nname = 'x'\nkind = 'input'\nsize = 2\n"
                  "[[population]]\nname = 'h'\nkind = 'readout'\nsize = 2\n"},
                 {"loss", "[loss]\npopulation = 'h'\nkind = 'cross-entropy-max'\nlabel = " + label + "\n"}}));
  };
  EXPECT_EQ(readout("1"), "no error");
  EXPECT_NE(readout("2").find("[loss] label = 2: must be a unit of 'h', 0 to 1"), std::string::npos);
}

}  // namespace
}  // namespace spikegrad
