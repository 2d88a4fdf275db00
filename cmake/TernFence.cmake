# Keeps third-party headers out of the folders that may not use them. Debian puts these headers
# on the compiler's default path, where every source could include them; so each library gets a
# directory of its header names whose files say #error, and stands first on the include path of
# every target that is not allowed the library.

set(TERN_THIRD_PARTY cyclonedds zmq protobuf_c json_c yaml md)
set(TERN_THIRD_PARTY_cyclonedds dds/*.h ddsc/*.h idl/*.h)
set(TERN_THIRD_PARTY_zmq zmq.h zmq_utils.h)
set(TERN_THIRD_PARTY_protobuf_c protobuf-c/*.h google/protobuf-c/*.h)
set(TERN_THIRD_PARTY_json_c json-c/*.h)
set(TERN_THIRD_PARTY_yaml yaml.h)
set(TERN_THIRD_PARTY_md md5.h)

set(TERN_FENCE_DIRECTORY ${PROJECT_BINARY_DIR}/fence)

foreach(library ${TERN_THIRD_PARTY})
  foreach(directory ${CMAKE_C_IMPLICIT_INCLUDE_DIRECTORIES})
    set(headers)
    foreach(pattern ${TERN_THIRD_PARTY_${library}})
      # A folder with all below it; a plain name is that file alone.
      set(glob GLOB_RECURSE)
      if(NOT pattern MATCHES "/")
        set(glob GLOB)
      endif()
      file(${glob} found RELATIVE ${directory} ${directory}/${pattern})
      list(APPEND headers ${found})
    endforeach()
    foreach(header ${headers})
      file(CONFIGURE OUTPUT ${TERN_FENCE_DIRECTORY}/${library}/${header}
        CONTENT "#error \"This folder may not use ${library} (see THIRD_PARTY in its CMakeLists.txt)\"\n")
    endforeach()
  endforeach()
  file(MAKE_DIRECTORY ${TERN_FENCE_DIRECTORY}/${library})
endforeach()

# tern_fence(TARGET allowed-library ...)
function(tern_fence target)
  foreach(library ${TERN_THIRD_PARTY})
    if(NOT library IN_LIST ARGN)
      target_include_directories(${target} BEFORE PRIVATE ${TERN_FENCE_DIRECTORY}/${library})
    endif()
  endforeach()
endfunction()
