#include "backends/local/runner/masking.h"

#include "compiler/support/text.h"

#include <algorithm>

namespace pipec::runner {

void Secrets::add(std::string_view value) {
  constexpr size_t shortest_line = 4;
  const auto lines = split_lines(value);
  for (std::string_view line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool masked = !line.empty() && (lines.size() == 1 || line.size() >= shortest_line);
    if (!masked) continue;
    texts_.emplace_back(line);
    first_.set(static_cast<unsigned char>(line.front()));
  }
}

size_t Secrets::match(std::string_view text) const {
  size_t longest = 0;
  if (text.empty() || !first_.test(static_cast<unsigned char>(text.front()))) return longest;
  for (const std::string& secret : texts_) {
    if (text.starts_with(secret)) longest = std::max(longest, secret.size());
  }
  return longest;
}

bool Secrets::may_begin(std::string_view text) const {
  if (text.empty() || !first_.test(static_cast<unsigned char>(text.front()))) return false;
  return std::any_of(texts_.begin(), texts_.end(), [&](const std::string& secret) {
    return secret.size() > text.size() && secret.starts_with(text);
  });
}

std::string Masker::feed(std::string_view piece) {
  if (secrets_->empty()) return std::string(piece);
  kept_ += piece;
  return take(false);
}

std::string Masker::finish() { return take(true); }

std::string Masker::take(bool last) {
  std::string shown;
  size_t at = 0;
  while (at < kept_.size()) {
    const std::string_view rest = std::string_view(kept_).substr(at);
    // What could still become a secret waits for the next piece.
    if (!last && secrets_->may_begin(rest)) break;
    const size_t length = secrets_->match(rest);
    shown += length > 0 ? "***" : std::string_view(rest.data(), 1);
    at += std::max<size_t>(length, 1);
  }
  kept_.erase(0, at);
  return shown;
}

}  // namespace pipec::runner
