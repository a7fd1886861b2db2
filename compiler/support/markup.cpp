#include "compiler/support/markup.h"

#include "compiler/support/utf8.h"

#include <algorithm>
#include <cctype>
#include <map>

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
    } else if (const size_t length = sequence_length(text, i); length == 0) {
      out += replacement;
    } else {
      out += text.substr(i, length);
      i += length - 1;
    }
  }
  return out;
}

std::vector<CodePart> code_parts(std::string_view text) {
  std::vector<CodePart> parts;
  const auto run_at = [&](size_t at) { return std::min(text.find_first_not_of('`', at), text.size()) - at; };
  const auto add_text = [&](size_t begin, size_t end) {
    if (begin < end) parts.push_back({text.substr(begin, end - begin), 0});
  };
  // Runs of back-ticks by their length, each with the places where such runs begin.
  std::map<size_t, std::vector<size_t>> runs;
  for (size_t at = text.find('`'); at < text.size(); at = text.find('`', at + run_at(at)))
    runs[run_at(at)].push_back(at);
  size_t begin = 0;
  for (size_t at = text.find('`'); at < text.size();) {
    const size_t length = run_at(at);
    const auto& equal = runs[length];
    const auto close = std::upper_bound(equal.begin(), equal.end(), at);
    if (close == equal.end()) {
      at = text.find('`', at + length);
      continue;
    }
    add_text(begin, at);
    parts.push_back({text.substr(at + length, *close - at - length), length});
    begin = *close + length;
    at = text.find('`', begin);
  }
  add_text(begin, text.size());
  return parts;
}

std::string code_span(std::string_view text) {
  size_t longest = 0;
  size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  // The fence is told from a back-tick of the text by a space.
  const std::string_view space = longest > 0 ? " " : "";
  return fmt::format("{0}{1}{2}{1}{0}", fence, space, text);
}

namespace {

std::string markdown_text(std::string_view text) {
  constexpr std::string_view special = "\\*_[]<>|#&~!`";
  std::string out;
  const auto in_word = [&](size_t i) {
    return i < text.size() && std::isalnum(static_cast<unsigned char>(text[i])) != 0;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool within_word = c == '_' && in_word(i - 1) && in_word(i + 1);
    if (!within_word && special.find(c) != std::string_view::npos) out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string markdown_escaped(std::string_view text) {
  std::string out;
  for (const CodePart& part : code_parts(text)) {
    const std::string fence(part.fence, '`');
    // In a table a bar behind an escaped backslash would part cells, and so end the code.
    if (part.fence == 0 || part.text.find("\\|") != std::string_view::npos) {
      out += markdown_text(fmt::format("{0}{1}{0}", fence, part.text));
      continue;
    }
    out += fence;
    for (const char c : part.text) {
      if (c == '|') out += '\\';
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    out += fence;
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
