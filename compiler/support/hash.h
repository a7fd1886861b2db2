// Content hashes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace pipec {

// SHA-256 in lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  // As `sha256` gives it. Call once, at the end.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace pipec
