# pipec_embed(TARGET NAMESPACE FILE…) makes the texts of files part of a target. `embedded.h` in the target's folder of
# the build tree declares a constant for each, `scripts/guard.sh` being `NAMESPACE::guard_sh`, and `NAMESPACE::files`, all
# of them with their names, sorted.
function(pipec_embed target namespace)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/embedded.h)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded.cpp)
  list(SORT ARGN)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE paths)
  add_custom_command(
    OUTPUT ${header} ${source}
    COMMAND ${CMAKE_COMMAND} -DNAMESPACE=${namespace} -DHEADER=${header} -DSOURCE=${source} "-DFILES=${paths}"
            -P ${CMAKE_SOURCE_DIR}/backends/embed_files.cmake
    DEPENDS ${paths} ${CMAKE_SOURCE_DIR}/backends/embed_files.cmake
    COMMENT "Embedding the files of ${target}"
    VERBATIM)
  target_sources(${target} PRIVATE ${header} ${source})
endfunction()
