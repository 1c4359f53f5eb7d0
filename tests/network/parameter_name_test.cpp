// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/network/parameter_name.hpp"

#include <gtest/gtest.h>

#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

Network network() {
  Population x, h;
  x.name = "x";
  x.unit = InputUnit{};
  x.shape = {2, 5};
  h.name = "h";
  h.unit = Lif{};
  h.shape = {3, 4};
  h.bias = true;
  return Network({1e-3, 2}, {x, h}, {{0, 1, Conv1d{2, 1, 0}}, {1, 1, Dense{}}});
}

TEST(ParameterIndex, CountsThroughTheFlatParameters) {
  const Network net = network();
  EXPECT_EQ(parameter_index(net, "x->h[0,0,0]"), 0u);
  EXPECT_EQ(parameter_index(net, "x->h[2,1,1]"), 11u);
  EXPECT_EQ(parameter_index(net, "h->h[0,0]"), 12u);
  EXPECT_EQ(parameter_index(net, "h->h[1, 2]"), 12u + 12u + 2u);
  EXPECT_EQ(parameter_index(net, "h.bias[11]"), net.parameter_count() - 1);
}

TEST(ParameterIndex, RefusesWhatIsNone) {
  const Network net = network();
  for (const std::string name :
       {"", "x->h", "x->h[", "x->h]", "x->h[]", "x->h[0,0]", "x->h[0,0,2]", "x->h[0,0,0,0]", "x->h[0,0,0]x",
        "x->h[0 0 0]", "x->h[-1,0,0]", "x->h[0,0,99999999999999999999]", "h->x[0,0]", "h.bias[12]", "[0]"})
    EXPECT_THROW(parameter_index(net, name), UserError) << name;
}

}  // namespace
}  // namespace spikegrad
