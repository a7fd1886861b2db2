#include "compiler/support/markup.h"

#include <algorithm>
#include <cctype>

#include <fmt/core.h>

namespace pipec {

// XML 1.0, 2.2 "Characters" and 2.4. White space of attributes would be read as spaces.
std::string xml_escaped(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view here = text.substr(i, 3);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n' || c == '\t' || c == '\r') {
      out += fmt::format("&#{};", static_cast<int>(c));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += replacement;
    } else if (here == "\xEF\xBF\xBE" || here == "\xEF\xBF\xBF") {
      out += replacement;
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

std::string markdown_escaped(std::string_view text) {
  constexpr std::string_view special = "\\*_[]<>|#&~!";
  const bool paired = std::count(text.begin(), text.end(), '`') % 2 == 0;
  bool code = false;
  std::string out;
  const auto in_word = [&](size_t i) {
    return i < text.size() && std::isalnum(static_cast<unsigned char>(text[i])) != 0;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '`' && paired) code = !code;
    if (c == '_' && !code && in_word(i - 1) && in_word(i + 1)) {
      out += c;
      continue;
    }
    // A table's bars part cells within code, too.
    const bool escape = code ? c == '|' : special.find(c) != std::string_view::npos || (c == '`' && !paired);
    if (escape) out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string uri_of_path(std::string_view path) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  while (path.starts_with("./"))
    path.remove_prefix(2);
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    if (plain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return uri;
}

}  // namespace pipec
