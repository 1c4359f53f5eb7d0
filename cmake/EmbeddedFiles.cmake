# SPDX-License-Identifier: Apache-2.0
# What the library carries: the experiments, the report's page, style and script, and the plotting library.
file(GLOB_RECURSE experiments CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
     "${PROJECT_SOURCE_DIR}/experiments/*.toml")
foreach(file IN LISTS experiments)
  spikegrad_embed(spikegrad_objects "${file}" "${PROJECT_SOURCE_DIR}/${file}")
endforeach()

set(assets "${PROJECT_SOURCE_DIR}/spikegrad/report/assets")
file(GLOB report_assets CONFIGURE_DEPENDS RELATIVE "${assets}" "${assets}/*.html" "${assets}/*.css" "${assets}/*.js")
foreach(file IN LISTS report_assets)
  spikegrad_embed(spikegrad_objects "report/${file}" "${assets}/${file}")
endforeach()

set(SPIKEGRAD_PLOTLY_JS "${PROJECT_SOURCE_DIR}/.deps/plotly.min.js"
    CACHE FILEPATH "The plotting library written into report.html")
set(plotly_js "${SPIKEGRAD_PLOTLY_JS}")
if(SKBUILD AND NOT EXISTS "${plotly_js}")  # pip brings the package plotly, see pyproject.toml
  find_package(Python COMPONENTS Interpreter REQUIRED)
  execute_process(
    COMMAND "${Python_EXECUTABLE}" -c "import importlib.util; print(importlib.util.find_spec('plotly').submodule_search_locations[0])"
    OUTPUT_VARIABLE plotly_package OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(plotly_js "${plotly_package}/package_data/plotly.min.js")
endif()
file(GLOB plotly CONFIGURE_DEPENDS "${plotly_js}")
if(plotly)
  spikegrad_embed(spikegrad_objects plotly.min.js "${plotly}")
else()
  message(WARNING "${SPIKEGRAD_PLOTLY_JS} is missing: the program will build, but cannot write report.html. "
                  "Run ./run setup to fetch it, or name a copy with -DSPIKEGRAD_PLOTLY_JS=FILE.")
endif()
spikegrad_write_embedded(spikegrad_objects)
