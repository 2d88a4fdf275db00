# tern_generate(TARGET app FILES robot.idl arm/joint.idl ...
#               [INCLUDE dir ...] [DEFINE NAME[=text] ...] [OPTIONS -x final ...])
#
# Compiles each file with ternc into the build tree, adds the C sources to the target and the
# headers to its include path. A header stands where its file stands: "arm/joint.idl" gives
# "arm/joint.h", and with INCLUDE arm it is found as "joint.h", too.
#
# Files that a file includes are looked for beside it and in the INCLUDE directories; when one of
# them changes, the C is made anew. A file that is only included has to be in FILES, too, since
# its header is included and its types' tables are linked.
#
# Works in Tern's own tree and with find_package(Tern).
function(tern_generate)
  cmake_parse_arguments(GENERATE "" "TARGET" "FILES;INCLUDE;DEFINE;OPTIONS" ${ARGN})
  if(NOT GENERATE_TARGET OR NOT GENERATE_FILES OR GENERATE_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tern_generate(TARGET <target> FILES <file>... [INCLUDE <dir>...] "
      "[DEFINE <NAME=text>...] [OPTIONS <option>...]); not understood: ${GENERATE_UNPARSED_ARGUMENTS}")
  endif()

  set(root ${CMAKE_CURRENT_BINARY_DIR}/${GENERATE_TARGET}.idl)
  set(options ${GENERATE_OPTIONS})
  set(headers ${root})
  foreach(directory ${GENERATE_INCLUDE})
    get_filename_component(directory ${directory} ABSOLUTE)
    list(APPEND options -I ${directory})
    file(RELATIVE_PATH place ${CMAKE_CURRENT_SOURCE_DIR} ${directory})
    if(NOT place MATCHES "^\\.\\.")
      list(APPEND headers ${root}/${place}) # where its files' headers will stand
    endif()
  endforeach()
  foreach(definition ${GENERATE_DEFINE})
    list(APPEND options -D ${definition})
  endforeach()

  foreach(file ${GENERATE_FILES})
    get_filename_component(input ${file} ABSOLUTE)
    get_filename_component(stem ${file} NAME_WLE)
    file(RELATIVE_PATH place ${CMAKE_CURRENT_SOURCE_DIR} ${input})
    get_filename_component(place ${place} DIRECTORY)
    if(place MATCHES "^\\.\\." OR place STREQUAL "")
      set(output ${root}/${stem}) # from elsewhere, or from here
    else()
      set(output ${root}/${place}/${stem})
    endif()
    get_filename_component(directory ${output} DIRECTORY)
    add_custom_command(OUTPUT ${output}.h ${output}.c
      COMMAND Tern::ternc ${options} -o ${directory} --deps ${output}.d ${input}
      DEPENDS ${input} Tern::ternc
      DEPFILE ${output}.d
      COMMENT "Compiling ${file} to C"
      VERBATIM)
    target_sources(${GENERATE_TARGET} PRIVATE ${output}.c ${output}.h)
  endforeach()
  target_include_directories(${GENERATE_TARGET} PRIVATE ${headers})
endfunction()
