// SPDX-License-Identifier: Apache-2.0
// The module spikegrad._core: the library as Python sees it. The package's Python files make of it what users call.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "bindings.hpp"
#include "spikegrad/core/progress.hpp"
#include "spikegrad/version.hpp"

namespace nb = nanobind;

namespace {

/// Messages are one line, as those of the command line, and may hold bytes that are no text: names of files.
void raise(PyObject* type, std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  const auto message =
      nb::steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
  PyErr_SetObject(type, message.ptr());
}

void translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const spikegrad::UserError& error) {
    raise(PyExc_ValueError, error.what());
  } catch (const spikegrad::Interrupted&) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
  } catch (const spikegrad::InternalError& error) {
    raise(PyExc_RuntimeError, std::string(error.what()) + " (this is a bug of spikegrad; please report it)");
  } catch (const std::filesystem::filesystem_error& error) {
    raise(PyExc_OSError, error.path1().string() + ": " + error.code().message());
  }
}

}  // namespace

NB_MODULE(_core, m) {
  nb::set_leak_warnings(false);  // torch keeps what its graphs refer to until after the interpreter's end
  m.doc() = "The library, as the package `spikegrad` uses it; nothing here is promised.";
  nb::register_exception_translator(translate);
  m.attr("version") = spikegrad::version_string();
  m.attr("commit") = spikegrad::commit();
  using namespace spikegrad::python;
  bind_registry(m);
  bind_data(m);
  bind_model(m);
  bind_document(m);
  bind_recording(m);
  bind_compare(m);
  bind_train(m);
  bind_alignment(m);
  bind_evaluation(m);
  bind_study(m);
  bind_field(m);
  bind_layer(m);
}
