#include "compiler/driver/driver.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <sys/ioctl.h>
#include <unistd.h>

namespace {

size_t terminal_columns() {
  for (const int descriptor : {STDERR_FILENO, STDOUT_FILENO}) {
    winsize size{};
    if (isatty(descriptor) == 1 && ioctl(descriptor, TIOCGWINSZ, &size) == 0) return size.ws_col;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace pipec;
  DiskFileSystem files;
  const auto write_to = [](std::FILE* stream) {
    return [stream](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stream); };
  };
  driver::Environment environment{
      .files = files,
      .library = standard_library(),
      .out = write_to(stdout),
      .err = write_to(stderr),
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .columns = terminal_columns(),
      .variable = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      },
      .today =
          [] {
            const std::chrono::year_month_day today{
                std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
            return ast::DateExpr{static_cast<int16_t>(static_cast<int>(today.year())),
                                 static_cast<uint8_t>(static_cast<unsigned>(today.month())),
                                 static_cast<uint8_t>(static_cast<unsigned>(today.day()))};
          },
  };
  try {
    const int exit_code = driver::run({argv + 1, argv + argc}, environment);
    const bool printed = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (!printed && exit_code == driver::ok) {
      std::fputs("pipec: the output could not be written\n", stderr);
      return driver::io_error;
    }
#ifdef __SANITIZE_ADDRESS__
    return exit_code;
#else
    // The process ends: to take apart the tables of the parser would only take time.
    std::_Exit(exit_code);
#endif
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pipec: a defect in pipec: %s\n", error.what());
    return driver::defect;
  }
}
