// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/model_fields.hpp"

#include "spikegrad/estimator/estimator.hpp"

namespace spikegrad {

std::vector<GradientField> model_fields(const Model& model, std::span<const std::string> estimators,
                                        const FieldSampling& sampling) {
  std::vector<GradientField> fields;
  fields.push_back(true_field(model.problem(), sampling));
  for (const std::string& name : estimators) {
    const auto signal = find_estimator(name).signal;
    const bool uses_surrogate =
        signal && signal(model.estimator, model.objective()).pseudo == PseudoDerivative::surrogate;
    if (uses_surrogate && !model.field.surrogates.empty())
      for (const Surrogate& g : model.field.surrogates)
        fields.emplace_back(model.problem(), name, g, sampling);
    else
      fields.emplace_back(model.problem(), name, std::nullopt, sampling);
  }
  return fields;
}

}  // namespace spikegrad
