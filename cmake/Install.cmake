# SPDX-License-Identifier: Apache-2.0
# cmake --install: public headers, library, program, and the package that find_package(spikegrad) reads. The library
# that BUILD_SHARED_LIBS does not choose can be installed too, with its own headers and package, as the component
# `other`: the tests look at both.
include(CMakePackageConfigHelpers)
include(PublicHeaders)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/spikegrad")
file(GLOB public_parts CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}" ${SPIKEGRAD_PUBLIC_PARTS})
set(public_headers spikegrad/spikegrad.hpp ${SPIKEGRAD_PUBLIC_HEADERS} ${public_parts})
list(REMOVE_DUPLICATES public_headers)

# Whoever links the static library links what it stands on; the shared one has that inside.
function(spikegrad_install kind)
  set(FIND_DEPENDENCIES "")
  if(kind STREQUAL "static")
    foreach(package IN LISTS SPIKEGRAD_LIBRARY_PACKAGES)
      string(APPEND FIND_DEPENDENCIES "find_dependency(${package})\n")
    endforeach()
  endif()
  set(generated "${PROJECT_BINARY_DIR}/generated/${kind}")
  configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/spikegradConfig.cmake.in"
                                "${generated}/spikegradConfig.cmake" INSTALL_DESTINATION "${package_dir}")
  write_basic_package_version_file("${generated}/spikegradConfigVersion.cmake" COMPATIBILITY SameMinorVersion)

  foreach(header IN LISTS public_headers)
    get_filename_component(folder "${header}" DIRECTORY)
    install(FILES "${PROJECT_SOURCE_DIR}/${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/${folder}" ${ARGN})
  endforeach()
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" ${ARGN})
  install(TARGETS spikegrad_${kind} EXPORT spikegrad_${kind}_targets
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" ${ARGN}
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" ${ARGN})
  install(EXPORT spikegrad_${kind}_targets NAMESPACE spikegrad:: FILE spikegrad_${kind}_targets.cmake
          DESTINATION "${package_dir}" ${ARGN})
  install(FILES "${generated}/spikegradConfig.cmake" "${generated}/spikegradConfigVersion.cmake"
          DESTINATION "${package_dir}" ${ARGN})
  if(kind STREQUAL "static")
    install(FILES "${PROJECT_SOURCE_DIR}/cmake/FindHDF5C.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindSndfileC.cmake"
            DESTINATION "${package_dir}" ${ARGN})
  endif()
endfunction()

if(BUILD_SHARED_LIBS)
  spikegrad_install(shared)
  spikegrad_install(static COMPONENT other EXCLUDE_FROM_ALL)
else()
  spikegrad_install(static)
  spikegrad_install(shared COMPONENT other EXCLUDE_FROM_ALL)
endif()
if(TARGET spikegrad_cli)
  install(TARGETS spikegrad_cli)
  if(NOT CMAKE_CROSSCOMPILING)
    # The program describes itself to shells and man.
    set(man "${PROJECT_BINARY_DIR}/generated/spikegrad.1")
    set(completion "${PROJECT_BINARY_DIR}/generated/completion.bash")
    add_custom_command(
      TARGET spikegrad_cli POST_BUILD COMMAND spikegrad_cli shell man > "${man}"
      COMMAND spikegrad_cli shell completion > "${completion}" BYPRODUCTS "${man}" "${completion}" VERBATIM)
    install(FILES "${man}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
    install(FILES "${completion}" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME spikegrad)
  endif()
endif()
