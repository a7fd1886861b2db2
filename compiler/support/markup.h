// Texts as parts of documents: whatever a text holds, it is a text there and nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pipec {

// For the content and the double-quoted attributes of XML 1.0, and of HTML. A character that a document
// cannot hold becomes U+FFFD.
std::string xml_escaped(std::string_view text);

// A part of a text: code between two runs of `fence` back-ticks, which are not part of it, or what is no
// code.
struct CodePart {
  std::string_view text;
  size_t fence = 0;
};
// The parts of a text in their order. A run of back-ticks is closed by the next one of the same length; one
// that nothing closes is text (CommonMark 0.31.2, 6.1 "Code spans").
std::vector<CodePart> code_parts(std::string_view text);

// The text as code, in a fence that nothing in it closes.
std::string code_span(std::string_view text);

// For a line or a cell of a table in GitHub's Markdown. Code in back-ticks stays code; everything else that
// has a meaning is escaped, line ends become spaces.
std::string markdown_escaped(std::string_view text);

// A path as a relative reference, or an absolute one as `file:` URI (RFC 3986).
std::string uri_of_path(std::string_view path);

}  // namespace pipec
