# How processes end, and plug-ins that are unloaded. The thread sanitizer does not know that the
# main thread may end before others.
if(TERN_SANITIZE MATCHES thread)
  return()
endif()

add_executable(shm_leaver leaver.c)
tern_target_sees(shm_leaver)
target_link_libraries(shm_leaver PRIVATE tern_static)
tern_generate(TARGET shm_leaver FILES routing.idl)

# With the shared library, as a plug-in has it.
add_library(shm_plugin MODULE plugin.c)
tern_target_sees(shm_plugin)
target_link_libraries(shm_plugin PRIVATE tern)
tern_generate(TARGET shm_plugin FILES routing.idl)
add_executable(shm_plugin_host plugin_host.c)
tern_target_sees(shm_plugin_host)
target_link_libraries(shm_plugin_host PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(shm_leaver shm_plugin shm_plugin_host PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})

shm_test(test_shm_leave LABEL process SOURCES test_leave.c TIMEOUT 180)
if(TERN_WITH_DDS)
  shm_test(test_shm_leave_dds LABEL process SOURCES test_leave.c TIMEOUT 180 ARGS dds)
endif()
foreach(test test_shm_leave test_shm_leave_dds)
  if(TARGET ${test})
    target_compile_definitions(${test} PRIVATE SHM_PLUGIN_PATH="$<TARGET_FILE:shm_plugin>")
    tern_generate(TARGET ${test} FILES routing.idl)
    add_dependencies(${test} shm_leaver shm_plugin shm_plugin_host)
  endif()
endforeach()
