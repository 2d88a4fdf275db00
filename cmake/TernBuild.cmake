# How Tern's own folders are built. Each of these makes targets that see only the folders named
# in USES and the third-party headers named in THIRD_PARTY; any other include does not compile.
#
#   tern_part(core SOURCES src/error.c)                   a folder of the library
#   tern_transport(local SOURCES src/local.c)             a transport inside the library
#   tern_transport(dds MODULE SOURCES ... PKG_CONFIG CycloneDDS THIRD_PARTY cyclonedds)
#                                                         a transport loaded on demand
#   tern_program(tern INSTALL SOURCES src/main.c)         a program on the public headers
#   tern_test(test_graph LABEL unit SOURCES test_graph.c) a CUnit binary
#   tern_fuzz(tern_fuzz_cdr SOURCES fuzz_cdr.c)           a libFuzzer binary (option TERN_FUZZ)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
include(TernFence)

add_library(tern_flags INTERFACE)
target_compile_definitions(tern_flags INTERFACE _GNU_SOURCE)
target_compile_options(tern_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wvla
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes$<SEMICOLON>-Wmissing-prototypes>
  $<$<BOOL:${TERN_WERROR}>:-Werror>)
target_link_libraries(tern_flags INTERFACE Threads::Threads)

if(TERN_SANITIZE)
  add_compile_options(-fsanitize=${TERN_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TERN_SANITIZE})
endif()

if(TERN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link) # coverage for libFuzzer to steer by
endif()

# The folder's own headers, those of the parts that it uses, nothing else.
function(tern_target_sees target)
  cmake_parse_arguments(SEES "" "" "USES;THIRD_PARTY" ${ARGN})
  target_link_libraries(${target} PRIVATE tern_flags)
  tern_fence(${target} ${SEES_THIRD_PARTY})
  foreach(used ${SEES_USES})
    target_include_directories(${target}
      PRIVATE $<TARGET_PROPERTY:tern_${used},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
endfunction()

function(tern_object_library name)
  cmake_parse_arguments(PART "" "" "SOURCES;USES;PKG_CONFIG;THIRD_PARTY" ${ARGN})
  add_library(tern_${name} OBJECT ${PART_SOURCES})
  target_include_directories(tern_${name}
    INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/include
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR}/src)
  tern_target_sees(tern_${name} USES ${PART_USES} THIRD_PARTY ${PART_THIRD_PARTY})
  foreach(library ${PART_PKG_CONFIG})
    pkg_check_modules(${library} REQUIRED IMPORTED_TARGET GLOBAL ${library})
    # The objects are compiled with what the libraries that they use demand (definitions).
    target_link_libraries(tern_${name} PRIVATE PkgConfig::${library})
  endforeach()
endfunction()

# An object library goes into libtern, and what it links with it.
function(tern_into_libtern name)
  cmake_parse_arguments(PART "" "" "PKG_CONFIG" ${ARGN})
  set_property(GLOBAL APPEND PROPERTY TERN_PARTS ${name})
  set_property(GLOBAL APPEND PROPERTY TERN_PARTS_PKG_CONFIG ${PART_PKG_CONFIG})
endfunction()

# tern_part(NAME SOURCES f.c ... [USES other-part ...] [PKG_CONFIG name ...]
#           [THIRD_PARTY library ...])
# A folder of libtern: public headers in include/, private ones in src/.
function(tern_part name)
  cmake_parse_arguments(PART "" "" "SOURCES;USES;PKG_CONFIG;THIRD_PARTY" ${ARGN})
  tern_object_library(${name} ${ARGN})
  tern_into_libtern(${name} PKG_CONFIG ${PART_PKG_CONFIG})
endfunction()

# tern_transport(NAME [MODULE] SOURCES f.c ... [PKG_CONFIG name ...] [THIRD_PARTY library ...])
# A transport, seeing its own folder and core's public headers. One of its sources defines the
# entry `const struct tern_transport_ops *tern__NAME_entry(const struct tern_host *host)`.
# MODULE: it becomes lib/tern/libtern-NAME.so, which exports tern_transport_entry alone, unless
# TERN_STATIC_<NAME> asks for it in libtern; else it is always in libtern.
function(tern_transport name)
  cmake_parse_arguments(TRANSPORT "MODULE" "" "SOURCES;PKG_CONFIG;THIRD_PARTY" ${ARGN})
  tern_object_library(${name} SOURCES ${TRANSPORT_SOURCES} USES core
    PKG_CONFIG ${TRANSPORT_PKG_CONFIG} THIRD_PARTY ${TRANSPORT_THIRD_PARTY})
  set_property(GLOBAL APPEND PROPERTY TERN_TRANSPORTS ${name})

  string(TOUPPER ${name} upper)
  if(NOT TRANSPORT_MODULE OR TERN_STATIC_${upper})
    tern_into_libtern(${name} PKG_CONFIG ${TRANSPORT_PKG_CONFIG})
    return()
  endif()

  set_property(GLOBAL APPEND PROPERTY TERN_MODULES ${name})
  set(entry ${CMAKE_CURRENT_BINARY_DIR}/module_entry.c)
  set(TERN_MODULE_NAME ${name})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/libtern/module_entry.c.in ${entry} @ONLY)
  set(map ${PROJECT_SOURCE_DIR}/cmake/libtern/module.map)
  add_library(tern-${name} MODULE ${entry} $<TARGET_OBJECTS:tern_${name}>)
  tern_target_sees(tern-${name} USES core)
  set(libraries ${TRANSPORT_PKG_CONFIG})
  list(TRANSFORM libraries PREPEND PkgConfig::)
  target_link_libraries(tern-${name} PRIVATE ${libraries})
  target_link_options(tern-${name} PRIVATE LINKER:--version-script=${map})
  if(NOT TERN_SANITIZE)
    target_link_options(tern-${name} PRIVATE LINKER:-z,defs)
  endif()
  set_target_properties(tern-${name} PROPERTIES LINK_DEPENDS ${map}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/tern)
  install(TARGETS tern-${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/tern)
endfunction()

# tern_program(NAME [INSTALL] [NO_TERN] SOURCES f.c ... [LINK target ...] [USES part ...]
#              [THIRD_PARTY library ...])
# A program on Tern's public headers, in bin/. It links the shared library unless LINK names
# tern_static. NO_TERN: it does not link Tern, and sees the headers of the parts in USES alone.
function(tern_program name)
  cmake_parse_arguments(PROGRAM "INSTALL;NO_TERN" "" "SOURCES;LINK;USES;THIRD_PARTY" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  tern_target_sees(${name} USES ${PROGRAM_USES} THIRD_PARTY ${PROGRAM_THIRD_PARTY})
  target_link_libraries(${name} PRIVATE ${PROGRAM_LINK})
  if(NOT PROGRAM_NO_TERN AND NOT "tern_static" IN_LIST PROGRAM_LINK)
    target_link_libraries(${name} PRIVATE Tern::tern)
  endif()
  if(PROGRAM_INSTALL)
    file(RELATIVE_PATH to_lib ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
    set_target_properties(${name} PROPERTIES INSTALL_RPATH "$ORIGIN/${to_lib}")
    install(TARGETS ${name} EXPORT TernTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endfunction()

# No test reaches further than loopback, even if it forgets to say so.
set(TERN_TEST_CYCLONEDDS_URI "<General><Interfaces><NetworkInterface name='lo' multicast='true'/></Interfaces></General>")

# tern_test(NAME LABEL label SOURCES f.c ... [LINK target ...] [INCLUDE dir ...] [ARGS ...]
#           [ENVIRONMENT VAR=value ...] [THIRD_PARTY library ...] [TIMEOUT seconds]
#           [RESOURCE_LOCK name])
# A CUnit binary of tests/support's runner, linked with the static library, so that it also
# reaches what is not exported. Exit code 77 means skipped. Labels: unit, process, hosts,
# interop, stress, fuzz.
function(tern_test name)
  cmake_parse_arguments(TEST "" "LABEL;TIMEOUT;RESOURCE_LOCK"
    "SOURCES;LINK;INCLUDE;ARGS;ENVIRONMENT;THIRD_PARTY" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 60)
  endif()
  if(TERN_SANITIZE)
    math(EXPR TEST_TIMEOUT "3 * ${TEST_TIMEOUT}") # that is how much slower they are
  endif()
  add_executable(${name} ${TEST_SOURCES})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  tern_target_sees(${name} THIRD_PARTY ${TEST_THIRD_PARTY})
  target_link_libraries(${name} PRIVATE tern_test_support ${TEST_LINK} tern_static)
  target_include_directories(${name} PRIVATE ${TEST_INCLUDE})
  add_test(NAME ${name} COMMAND ${name} ${TEST_ARGS})
  set(environment "CYCLONEDDS_URI=${TERN_TEST_CYCLONEDDS_URI}"
    "TERN_MODULE_PATH=${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/tern" ${TEST_ENVIRONMENT})
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABEL}" TIMEOUT ${TEST_TIMEOUT}
    SKIP_RETURN_CODE 77 ENVIRONMENT "${environment}")
  if(TEST_RESOURCE_LOCK)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK ${TEST_RESOURCE_LOCK})
  endif()
endfunction()

# tern_fuzz(NAME SOURCES f.c ... [LINK target ...] [INCLUDE dir ...])
# A libFuzzer binary bin/NAME; `./dev test` runs every bin/tern_fuzz_* for a minute.
function(tern_fuzz name)
  cmake_parse_arguments(FUZZ "" "" "SOURCES;LINK;INCLUDE" ${ARGN})
  add_executable(${name} ${FUZZ_SOURCES})
  tern_target_sees(${name})
  target_link_libraries(${name} PRIVATE ${FUZZ_LINK} tern_static)
  target_include_directories(${name} PRIVATE ${FUZZ_INCLUDE})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
