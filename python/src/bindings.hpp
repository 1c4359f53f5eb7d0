// SPDX-License-Identifier: Apache-2.0
// The parts of the module, one file each.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

namespace spikegrad::python {

void bind_registry(nanobind::module_& m);
void bind_data(nanobind::module_& m);
void bind_model(nanobind::module_& m);
void bind_document(nanobind::module_& m);
void bind_recording(nanobind::module_& m);
void bind_compare(nanobind::module_& m);
void bind_train(nanobind::module_& m);
void bind_alignment(nanobind::module_& m);
void bind_evaluation(nanobind::module_& m);
void bind_study(nanobind::module_& m);
void bind_field(nanobind::module_& m);
void bind_layer(nanobind::module_& m);

}  // namespace spikegrad::python
