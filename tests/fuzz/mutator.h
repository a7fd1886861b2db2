// Changes of a text that keep most of it readable: its tokens and bracketed parts are left out, doubled,
// swapped and put elsewhere. Bytes changed at random hardly ever get past the parser.
#pragma once

#include <random>
#include <string>

namespace pipec::fuzz {

std::string mutated(const std::string& text, std::mt19937& random);
// `text` with something of `other` in it.
std::string crossed(const std::string& text, const std::string& other, std::mt19937& random);

}  // namespace pipec::fuzz
