#include "compiler/support/hash.h"

#include <array>

#include <sha2.h>
#include <sys/types.h>

namespace pipec {

struct Sha256::Context {
  SHA2_CTX state;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) { SHA256Init(&context_->state); }
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  SHA256Update(&context_->state, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

std::string Sha256::finish() {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> text{};
  SHA256End(&context_->state, text.data());
  return text.data();
}

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

}  // namespace pipec
