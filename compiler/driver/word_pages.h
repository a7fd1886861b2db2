// The pages of words: definitions, capabilities and constructors, of the standard library and of a file.
#pragma once

#include "compiler/frontend/compilation.h"
#include "compiler/frontend/standard_library.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pipec::driver {

struct WordPage {
  std::string name;
  // `tools`; empty for a file of the user.
  std::string module;
  // "gate", "capability of gates", "constructor of `strategy`".
  std::string what;
  // The capabilities that a definition fulfils, or the one that a capability extends.
  std::vector<std::string> of;
  std::string title;
  std::string doc;
  // As they are declared, `level: string = "strict"`, and what is said of each.
  std::vector<std::pair<std::string, std::string>> parameters;
  // What a definition runs: "everywhere" or "on TARGET", and the command or the properties as written.
  std::vector<std::pair<std::string, std::string>> runs;
  // Programs that are known to do such work, or that it brings along.
  std::vector<std::string> programs;
  // Of a capability: the definitions of the standard library that fulfil it.
  std::vector<std::string> fulfilled_by;
  // `stdlib/tools/trivy.pipe`
  std::string path;
  size_t line = 0;
};

// Every word of the standard library, by module and in the order of its files.
std::vector<WordPage> word_pages(std::span<const StandardFile> library);
// Those that the entry file declares or imports; needs what was analysed.
std::vector<WordPage> word_pages(Compilation& compilation);

// As `pipec explain NAME` prints it.
std::string to_text(const WordPage& page);
// Its first sentence, or its title.
std::string summary_of(const WordPage& page);
// All of a module, as stdlib/MODULE/MODULE.md holds it.
std::string to_markdown(const std::string& module, const std::vector<WordPage>& pages);

}  // namespace pipec::driver
