// What pipec promises of every text, whatever is in it. Checked by the fuzzers on inputs that they make up,
// and by corpus_test.cpp on those that were found so.
#pragma once

#include <string>

namespace pipec::fuzz {

// Each says in words which promise the text breaks; empty when it keeps them. A defect that ends the program
// (a crash, a sanitizer, a failed PIPEC_CHECK) does so here too.

// Parsing gives a tree or an error; places lie in the text; the tree survives being stored.
std::string broken_by_parse(const std::string& text);
// Formatting twice changes nothing more, and neither meaning nor comments change.
std::string broken_by_format(const std::string& text);
// Checking ends; without errors every target is emitted, and reads back as what was asked for. The safe fixes
// of a file can be applied. `./small.pipe` and the standard library can be imported.
std::string broken_by_front_end(const std::string& text);

}  // namespace pipec::fuzz
