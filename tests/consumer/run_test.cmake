# SPDX-License-Identifier: Apache-2.0
# Installs BUILD_DIR to an empty prefix, the library that it chose or, with COMPONENT, the other one; then configures,
# builds and runs this folder's project against it. HEADERS: each installed header alone, too.
set(work "${BUILD_DIR}/consumer_test${COMPONENT}")
file(REMOVE_RECURSE "${work}")
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(component "")
if(COMPONENT)
  set(component --component "${COMPONENT}")
endif()
run("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --config "${CONFIG}" --prefix "${work}/prefix" ${component})
if(NOT EXISTS "${work}/prefix/share/doc/spikegrad/LICENSE")
  message(FATAL_ERROR "the licence is not installed")
endif()

# The shared library has inside what it stands on: its package asks for nothing.
file(GLOB_RECURSE packages "${work}/prefix/*spikegradConfig.cmake" "${work}/prefix/*spikegrad_*_targets*.cmake")
file(GLOB_RECURSE shared "${work}/prefix/*libspikegrad.so")
foreach(package IN LISTS packages)
  file(READ "${package}" text)
  if(shared AND text MATCHES "find_dependency\\(|fmt::|tomlplusplus::|hwy::")
    message(FATAL_ERROR "${package}: the package of the shared library asks for ${CMAKE_MATCH_0}")
  endif()
  if(text MATCHES "nlohmann")
    message(FATAL_ERROR "${package}: the package asks for ${CMAKE_MATCH_0}")
  endif()
endforeach()

run("${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${work}/build"
    "-DCMAKE_PREFIX_PATH=${work}/prefix" "-DCMAKE_BUILD_TYPE=${CONFIG}" "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}"
    "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}" "-DEVERY_HEADER_ALONE=${HEADERS}")
run("${CMAKE_COMMAND}" --build "${work}/build" --config "${CONFIG}")
run("${work}/build/consumer")
