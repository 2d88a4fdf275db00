# bin/bench_codec: ternc's and idlc's code for codec.idl in one program.
set(idlc_output ${CMAKE_CURRENT_BINARY_DIR}/idlc)
file(MAKE_DIRECTORY ${idlc_output})
add_custom_command(OUTPUT ${idlc_output}/codec.c ${idlc_output}/codec.h
  COMMAND idlc -x final -o ${idlc_output} ${CMAKE_CURRENT_SOURCE_DIR}/codec.idl
  DEPENDS codec.idl
  COMMENT "Compiling codec.idl by idlc")
add_library(bench_codec_cyclone STATIC codec_cyclone.c ${idlc_output}/codec.c
  ${idlc_output}/codec.h)
target_include_directories(bench_codec_cyclone BEFORE PRIVATE ${idlc_output})
target_link_libraries(bench_codec_cyclone PRIVATE PkgConfig::CycloneDDS)

tern_program(bench_codec SOURCES codec.c LINK bench_codec_cyclone PkgConfig::CycloneDDS
  THIRD_PARTY cyclonedds)
# Cyclone's headers for its internals use asm, which ISO C does not have.
set_target_properties(bench_codec PROPERTIES C_EXTENSIONS ON)
tern_generate(TARGET bench_codec FILES codec.idl)
