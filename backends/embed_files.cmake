# Run by pipec_embed: writes HEADER and SOURCE with the texts of FILES in NAMESPACE.
set(constants "")
set(texts "")
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} constant)
  file(READ ${file} text)
  if(text MATCHES "[)]embedded\"")
    message(FATAL_ERROR "${file} holds the end mark of an embedded text")
  endif()
  string(APPEND constants "extern const std::string_view ${constant};\n")
  string(APPEND texts "constexpr std::string_view ${constant} = R\"embedded(${text})embedded\";\n")
  string(APPEND entries "    {\"${name}\", ${constant}},\n")
endforeach()
file(WRITE ${HEADER} "#pragma once

#include <span>
#include <string_view>

namespace ${NAMESPACE} {
struct File {
  std::string_view name;
  std::string_view text;
};
extern const std::span<const File> files;
${constants}}  // namespace ${NAMESPACE}
")
get_filename_component(header_name ${HEADER} NAME)
file(WRITE ${SOURCE} "#include \"${header_name}\"

namespace ${NAMESPACE} {
${texts}namespace {
constexpr File all[] = {
${entries}};
}  // namespace
const std::span<const File> files = all;
}  // namespace ${NAMESPACE}
")
