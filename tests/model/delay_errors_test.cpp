// SPDX-License-Identifier: Apache-2.0
// What a model file says of delays that cannot be.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/model/model.hpp"
#include "tests/model/example.hpp"

namespace spikegrad {
namespace {

TEST(ModelErrors, DelaysThatCannotBe) {
  const auto says = [](std::vector<std::string> keys, const std::string& part) {
    for (std::string& key : keys) key.insert(0, "connection.x->h.");
    std::string message = "no error";
    try {
      parse_model(example(), "m.toml", keys);
    } catch (const UserError& error) {
      message = error.what();
    }
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  };
  says({"delay=-1e-3"}, "delay = -0.001: must be a number of 0 or more");
  says({"delay=nan"}, "delay = nan: must be a number of 0 or more");
  says({"delay=3e-3"}, "a delay is 0.003 s: must be shorter than the run of 0.003 s");
  says({"delay=[0, 0]"}, "delay = […]");
  says({"delays=[0]"}, "delays = […]: has 1 entries, must be an array of 2");
  says({"delays=[0, nan]"}, "delays[1] = nan");
  says({"delays=[0, -1e-3]"}, "a delay: must be a number of 0 or more");
  says({"delays=[0, 1]"}, "a delay is 1 s: must be shorter");
  says({"delays=1e-3"}, "one for all is delay = 10e-3");
  says({"delays={ kind = 'uniform' }"}, "draws a delay of");
  says({"delays={ kind = 'fluctuation-driven' }"}, "delays = {…}");
  says({"delay=0", "delays=[0, 0]"}, "has more than one of delay, delays and delay_steps");
  says({"max_delay=1e-3"}, "max_delay = 0.001: is for learn_delays = true");
  says({"delay_steps=1"}, "delay_steps = 1: is for learn_delays = true");
  says({"learn_delays=true"}, "'max_delay' is missing");
  says({"learn_delays=1", "max_delay=1e-3"}, "learn_delays = 1: must be true or false");
  says({"learn_delays=true", "max_delay=0"}, "max_delay = 0: must be a number above 0");
  says({"learn_delays=true", "max_delay=3e-3"}, "its longest delay is 0.003 s: must be shorter");
  says({"learn_delays=true", "max_delay=1e-3", "delay=2e-3"}, "must be at most the longest, 0.001 s");
  says({"learn_delays=true", "max_delay=1e-3", "delay_steps=[0, 1.5]"},
       "has 1.5: must be from 0 to the 1 steps of max_delay");
  says({"learn_delays=true", "max_delay=1e-3", "delay_steps=[0]"},
       "delay_steps = […]: has 1 entries, must be an array of 2");
  says({"learn_delays=true", "max_delay=1e-3", "delays={ kind = 'constant', value = 2e-3 }"},
       "draws a delay of 0.002 s: must be from 0 to max_delay = 0.001 s");
  says({"delay_sigma=1e-3"}, "delay_sigma = 0.001: is for learn_delays = true with delay_per = \"synapse\"");
  says({"learn_delays=true", "max_delay=1e-3", "delay_sigma=1e-3"}, "is for learn_delays = true with");
  says({"learn_delays=true", "max_delay=1e-3", "delay_per=synapse", "delay_sigma=0"},
       "delay_sigma = 0: must be a number above 0");
  says({"learn_delays=true", "max_delay=1e-3", "delay_per=synapse", "delay_sigma=1e-5"},
       "widths of the Gaussian from 0.01 to 0.5 steps: the last must be");
  says({"learn_delays=true", "max_delay=1e-3", "delay_per=synapse", "delay_sigma=1e-3", "delay_sigma_part=2"},
       "the part of the training in which the Gaussian shrinks must be above 0, to 1");
  says({"learn_delays=true", "max_delay=1e-3", "delay_per=synapse", "delay_sigma_end=1e-3"},
       "delay_sigma_end = 0.001: is for delay_sigma");
  says({"delay_per=synapse"}, "delay_per = \"synapse\": is for delays that differ");
  says({"delay_per=synapse", "delay=1e-3"}, "delay_per = \"synapse\": is for delays that differ");
  says({"delay_per=weight", "delays=[0, 0]"}, "delay_per = \"weight\"");
  says({"delay_per=synapse", "delays=[0, 0]"}, "delays[0] = 0");
  says({"delay_per=synapse", "delays=1e-3"}, "must be an array of one number for each weight or");
  says({"delay_per=synapse", "learn_delays=true", "max_delay=1e-3", "delay_steps=[[0, 0], [0, 1.5]]"},
       "has 1.5: must be from 0 to the 1 steps of max_delay");
}

}  // namespace
}  // namespace spikegrad
