#include "compiler/support/check.h"

#include <cstdio>
#include <cstdlib>

namespace pipec {

void check_failed(std::string_view file, int line, std::string_view condition) {
  if (const auto root = file.rfind("compiler/"); root != std::string_view::npos) file.remove_prefix(root);
  std::fprintf(stderr, "pipec: a defect in pipec: `%.*s` does not hold at %.*s:%d\n",
               static_cast<int>(condition.size()), condition.data(), static_cast<int>(file.size()),
               file.data(), line);
  std::fflush(stderr);
  std::_Exit(70);
}

}  // namespace pipec
