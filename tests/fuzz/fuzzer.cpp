// The program around a promise, for libFuzzer. PIPEC_PROMISE names the function of promises.h.
#include "compiler/support/check.h"
#include "tests/fuzz/mutator.h"
#include "tests/fuzz/promises.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>

// Of libFuzzer: changes bytes at random.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

// Of processor time, which a busy machine lengthens less. Sanitizers make everything some sixty times slower:
// the largest sample takes 0.8 s, what explodes takes minutes.
constexpr double longest_seconds = 3;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "fuzzer: %s\n", why.c_str());
  std::abort();
}

size_t put(const std::string& text, uint8_t* data, size_t max_size) {
  const size_t size = std::min(text.size(), max_size);
  std::copy_n(text.begin(), size, data);
  return size;
}

std::string text_of(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

}  // namespace

// In the place of the function that ends the program at once, so that the input is written down first.
void pipec::check_failed(std::string_view file, int line, std::string_view condition) {
  give_up(std::string(condition) + " does not hold at " + std::string(file) + ":" + std::to_string(line));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::clock_t start = std::clock();
  const std::string why = pipec::fuzz::PIPEC_PROMISE(text_of(data, size));
  if (!why.empty()) give_up(why);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (seconds > longest_seconds) give_up("took " + std::to_string(seconds) + " s");
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  std::mt19937 random(seed);
  // Now and then bytes: what no token is must be survived too.
  if (random() % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  return put(pipec::fuzz::mutated(text_of(data, size), random), data, max_size);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1, const uint8_t* data2,
                                            size_t size2, uint8_t* out, size_t max_out_size,
                                            unsigned int seed) {
  std::mt19937 random(seed);
  return put(pipec::fuzz::crossed(text_of(data1, size1), text_of(data2, size2), random), out, max_out_size);
}
