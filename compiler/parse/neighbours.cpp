#include "compiler/parse/neighbours.h"

#include "compiler/parse/keywords.h"

#include <cstdlib>

namespace pipec::parse {

using antlr4::Token;

Token* Neighbours::at(int distance) const {
  if (distance == 0) return token_;
  const int direction = distance < 0 ? -1 : 1;
  std::vector<Token*>& known = direction < 0 ? before_ : behind_;
  const auto wanted = static_cast<size_t>(std::abs(distance));
  while (known.size() < wanted) {
    const Token* last = known.empty() ? token_ : known.back();
    if (last == nullptr) return nullptr;
    known.push_back(step(*last, direction));
  }
  return known[wanted - 1];
}

size_t Neighbours::type(int distance) const {
  const Token* token = at(distance);
  return token == nullptr ? size_t{Token::INVALID_TYPE} : token->getType();
}

bool Neighbours::same_line(int distance) const {
  const Token* token = at(distance);
  return token != nullptr && token->getLine() == token_->getLine();
}

int Neighbours::start_of_line() const {
  int distance = 0;
  while (same_line(distance - 1))
    --distance;
  return distance;
}

size_t Neighbours::open_bracket() const {
  int closed = 0;
  for (const Token* token = step(*token_, -1); token != nullptr; token = step(*token, -1)) {
    const int change = change_of_depth(token->getType());
    if (change < 0) ++closed;
    if (change > 0 && closed-- == 0) return token->getType();
  }
  return size_t{Token::INVALID_TYPE};
}

Token* Neighbours::step(const Token& from, int direction) const {
  auto index = static_cast<int64_t>(from.getTokenIndex()) + direction;
  for (; index >= 0 && index < static_cast<int64_t>(stream_->size()); index += direction) {
    Token* token = stream_->get(static_cast<size_t>(index));
    if (token->getChannel() == Token::DEFAULT_CHANNEL) return token;
  }
  return nullptr;
}

}  // namespace pipec::parse
