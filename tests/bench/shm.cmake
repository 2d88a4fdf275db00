# bin/bench_shm and the ends that it starts, each on another bus. Built where the others are
# installed (`./dev bench shm` does that).
find_library(TERN_ICEORYX_LIBRARY iceoryx_binding_c)
find_path(TERN_ICEORYX_INCLUDE iceoryx_binding_c/runtime.h PATH_SUFFIXES iceoryx/v2.0.3)
pkg_check_modules(libzmq IMPORTED_TARGET libzmq)
if(NOT TERN_ICEORYX_LIBRARY OR NOT TERN_ICEORYX_INCLUDE OR NOT libzmq_FOUND)
  return()
endif()

tern_program(bench_shm_tern SOURCES end.c shm_end.c shm_bus_tern.c)
tern_generate(TARGET bench_shm_tern FILES shm_blob.idl)

tern_program(bench_shm_iceoryx NO_TERN LINK ${TERN_ICEORYX_LIBRARY}
  SOURCES end.c shm_end.c shm_bus_iceoryx.c)
target_include_directories(bench_shm_iceoryx SYSTEM PRIVATE ${TERN_ICEORYX_INCLUDE})

tern_program(bench_shm_zmq NO_TERN THIRD_PARTY zmq LINK PkgConfig::libzmq
  SOURCES end.c shm_end.c shm_bus_zmq.c)

tern_program(bench_shm NO_TERN SOURCES shm.c contest.c idle.c LINK tern_test_support)
