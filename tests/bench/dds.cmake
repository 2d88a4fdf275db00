# bin/bench_dds and the two ends that it starts, each on another bus. The wait for samples and
# all that is measured is the same code.
set(blob_output ${CMAKE_CURRENT_BINARY_DIR}/idlc_blob)
file(MAKE_DIRECTORY ${blob_output})
add_custom_command(OUTPUT ${blob_output}/dds_blob.c ${blob_output}/dds_blob.h
  COMMAND idlc -o ${blob_output} ${CMAKE_CURRENT_SOURCE_DIR}/dds_blob.idl
  DEPENDS dds_blob.idl
  COMMENT "Compiling dds_blob.idl by idlc")
set_source_files_properties(${blob_output}/dds_blob.c PROPERTIES COMPILE_OPTIONS -w)

tern_program(bench_dds_cyclone NO_TERN THIRD_PARTY cyclonedds LINK PkgConfig::CycloneDDS
  SOURCES end.c dds_end.c dds_bus_cyclone.c ${blob_output}/dds_blob.c ${blob_output}/dds_blob.h)
target_include_directories(bench_dds_cyclone PRIVATE ${blob_output})

tern_program(bench_dds_tern SOURCES end.c dds_end.c dds_bus_tern.c)
tern_generate(TARGET bench_dds_tern FILES dds_blob.idl)

tern_program(bench_dds NO_TERN SOURCES dds.c contest.c idle.c LINK tern_test_support)
