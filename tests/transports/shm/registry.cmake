# Files, directory and registry.
set(shm_registry_sources files.c files_directory.c registry.c registry_file.c registry_fork.c
  registry_lock.c registry_reap.c)

shm_test(test_shm_files LABEL unit SOURCES test_files.c shm_fixture.c SHM files.c files_directory.c)
shm_test(test_shm_files_directory LABEL unit SOURCES test_files_directory.c shm_fixture.c
  SHM files.c files_directory.c)
set(shm_registry_fixture shm_fixture.c shm_member.c)
shm_test(test_shm_registry LABEL process SOURCES test_registry.c ${shm_registry_fixture}
  SHM ${shm_registry_sources})
shm_test(test_shm_registry_fork LABEL process SOURCES test_registry_fork.c ${shm_registry_fixture}
  SHM ${shm_registry_sources})
shm_test(test_shm_registry_file LABEL process
  SOURCES test_registry_file.c ${shm_registry_fixture} SHM ${shm_registry_sources})
# The thread sanitizer runs a thread of its own, and only who is alone enters a user namespace.
if(NOT TERN_SANITIZE MATCHES thread)
  shm_test(test_shm_registry_users LABEL process
    SOURCES test_registry_users.c ${shm_registry_fixture} SHM ${shm_registry_sources})
endif()
shm_test(test_shm_registry_crash LABEL process TIMEOUT 120
  SOURCES test_registry_crash.c shm_trace.c ${shm_registry_fixture} SHM ${shm_registry_sources})
shm_test(test_shm_registry_storm LABEL stress TIMEOUT 120
  SOURCES test_registry_storm.c ${shm_registry_fixture} SHM ${shm_registry_sources})
shm_test(test_shm_registry_overtake LABEL process TIMEOUT 120
  SOURCES test_registry_overtake.c shm_trace.c ${shm_registry_fixture} SHM ${shm_registry_sources})
