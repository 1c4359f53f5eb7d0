// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "spikegrad/measure/gradient_field.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// The fields of a model that are looked at together: the truth first, then every estimator named, with each of the
/// model's [field] surrogates where it uses one. They refer to the model. Throws as GradientField does.
std::vector<GradientField> model_fields(const Model& model, std::span<const std::string> estimators,
                                        const FieldSampling& sampling);

}  // namespace spikegrad
