# pipec_embed(target NAMESPACE files…): the texts of files become constants of the target. `scripts/guard.sh` is
# `NAMESPACE::guard_sh`, declared in "<folder of the target>/embedded.h".
function(pipec_embed target namespace)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/embedded.h)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded.cpp)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE paths)
  add_custom_command(
    OUTPUT ${header} ${source}
    COMMAND ${CMAKE_COMMAND} -DNAMESPACE=${namespace} -DHEADER=${header} -DSOURCE=${source} "-DFILES=${paths}"
            -P ${CMAKE_SOURCE_DIR}/backends/embed_files.cmake
    DEPENDS ${paths} ${CMAKE_SOURCE_DIR}/backends/embed_files.cmake
    COMMENT "Embedding the emitted files of ${target}"
    VERBATIM)
  target_sources(${target} PRIVATE ${source} ${header})
endfunction()
