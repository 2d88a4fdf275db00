# How Tern's own parts are built: tern_part() for a folder of the library, tern_program() for
# what runs, tern_test() for a CUnit binary. Each sees only the folders named in USES.

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

add_library(tern_flags INTERFACE)
target_compile_definitions(tern_flags INTERFACE _GNU_SOURCE)
target_compile_options(tern_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
  $<$<BOOL:${TERN_WERROR}>:-Werror>)
target_link_libraries(tern_flags INTERFACE Threads::Threads)

if(TERN_SANITIZE)
  add_compile_options(-fsanitize=${TERN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TERN_SANITIZE})
endif()

# tern_part(NAME SOURCES f.c ... [USES other-part ...])
# An object library tern_NAME: public headers in include/, private ones in src/. It sees its own
# headers and the include/ of the parts that it uses, nothing else.
function(tern_part name)
  cmake_parse_arguments(PART "" "" "SOURCES;USES" ${ARGN})
  add_library(tern_${name} OBJECT ${PART_SOURCES})
  target_link_libraries(tern_${name} PRIVATE tern_flags)
  target_include_directories(tern_${name}
    INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/include
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR}/src)
  foreach(used ${PART_USES})
    target_include_directories(tern_${name}
      PRIVATE $<TARGET_PROPERTY:tern_${used},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
endfunction()

# tern_program(NAME SOURCES f.c ... [LINK target ...])
# A program on Tern's public headers only.
function(tern_program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE tern_flags ${PROGRAM_LINK})
endfunction()

# tern_test(NAME LABEL label SOURCES f.c ... [LINK target ...] [INCLUDE dir ...])
# A CUnit binary, linked with the static library, so that it also reaches what is not exported.
function(tern_test name)
  cmake_parse_arguments(TEST "" "LABEL;TIMEOUT" "SOURCES;LINK;INCLUDE;ARGS;ENVIRONMENT" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 60)
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE tern_flags tern_static tern_test_support ${TEST_LINK})
  target_include_directories(${name} PRIVATE ${TEST_INCLUDE})
  add_test(NAME ${name} COMMAND ${name} ${TEST_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABEL}" TIMEOUT ${TEST_TIMEOUT}
    SKIP_RETURN_CODE 77 ENVIRONMENT "${TEST_ENVIRONMENT}")
endfunction()
