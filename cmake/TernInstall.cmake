# What `cmake --install` gives: headers, libtern shared and static, transport modules (installed
# by tern_transport()), programs (by tern_program()), tern.pc and the CMake package. All of it
# works from wherever the prefix is moved to.
include(CMakePackageConfigHelpers)

get_property(parts GLOBAL PROPERTY TERN_PARTS)
foreach(part ${parts})
  get_target_property(directories tern_${part} INTERFACE_INCLUDE_DIRECTORIES)
  foreach(directory ${directories})
    if(EXISTS ${directory}/tern)
      install(DIRECTORY ${directory}/tern DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
    endif()
  endforeach()
endforeach()

install(TARGETS tern tern_static EXPORT TernTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# What the static library needs of others.
get_property(TERN_PKG_CONFIG GLOBAL PROPERTY TERN_PARTS_PKG_CONFIG)
string(JOIN " " TERN_PC_REQUIRES_PRIVATE ${TERN_PKG_CONFIG})

# CMake package.
set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/Tern)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/package/TernConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/TernConfig.cmake INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/TernConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/TernConfig.cmake
  ${PROJECT_BINARY_DIR}/package/TernConfigVersion.cmake DESTINATION ${package_directory})
install(FILES ${PROJECT_SOURCE_DIR}/cmake/TernGenerate.cmake DESTINATION ${package_directory})
install(EXPORT TernTargets NAMESPACE Tern:: DESTINATION ${package_directory})

# pkg-config.
set(pc_directory ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH TERN_PC_TO_PREFIX ${CMAKE_INSTALL_PREFIX}/${pc_directory}
  ${CMAKE_INSTALL_PREFIX})
configure_file(${PROJECT_SOURCE_DIR}/cmake/package/tern.pc.in
  ${PROJECT_BINARY_DIR}/package/tern.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/tern.pc DESTINATION ${pc_directory})
