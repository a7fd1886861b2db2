#include "compiler/source/source.h"

#include "compiler/support/check.h"

#include <algorithm>

namespace pipec {

Span join(Span first, Span last) {
  PIPEC_CHECK(first.source == last.source);
  return {first.source, std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

SourceId SourceManager::add(std::string path, std::string text) {
  File& file = files_.emplace_back();
  file.path = std::move(path);
  file.owned = std::move(text);
  file.text = file.owned;
  return static_cast<SourceId>(files_.size() - 1);
}

SourceId SourceManager::add_view(std::string path, std::string_view text) {
  File& file = files_.emplace_back();
  file.path = std::move(path);
  file.text = text;
  return static_cast<SourceId>(files_.size() - 1);
}

const SourceManager::File& SourceManager::at(SourceId id) const {
  PIPEC_CHECK(static_cast<size_t>(id) < files_.size());
  return files_[static_cast<size_t>(id)];
}

std::string_view SourceManager::text(Span span) const {
  return text(span.source).substr(span.begin, span.size());
}

const std::vector<uint32_t>& SourceManager::line_starts(const File& file) {
  if (file.line_starts.empty()) {
    file.line_starts.push_back(0);
    for (size_t i = 0; i < file.text.size(); ++i) {
      if (file.text[i] == '\n') file.line_starts.push_back(static_cast<uint32_t>(i + 1));
    }
  }
  return file.line_starts;
}

// Counted in blocks: a line may be as long as the file, and each of its findings asks for a column.
uint32_t SourceManager::characters_before(const File& file, uint32_t offset) {
  constexpr uint32_t block = 128;
  const auto count = [&](size_t begin, size_t end) {
    return static_cast<uint32_t>(
        std::count_if(file.text.begin() + static_cast<std::ptrdiff_t>(begin),
                      file.text.begin() + static_cast<std::ptrdiff_t>(end),
                      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  };
  std::vector<uint32_t>& before = file.characters;
  if (before.empty()) before.push_back(0);
  while (before.size() <= offset / block)
    before.push_back(before.back() + count((before.size() - 1) * block, before.size() * block));
  return before[offset / block] + count(offset / block * block, offset);
}

Place SourceManager::place(SourceId id, uint32_t offset) const {
  const File& file = at(id);
  const auto& starts = line_starts(file);
  offset = std::min(offset, static_cast<uint32_t>(file.text.size()));
  const auto after = std::upper_bound(starts.begin(), starts.end(), offset);
  const auto line = static_cast<uint32_t>(after - starts.begin());
  return {line, characters_before(file, offset) - characters_before(file, starts[line - 1]) + 1};
}

std::string_view SourceManager::line(SourceId id, uint32_t line) const {
  const File& file = at(id);
  const auto& starts = line_starts(file);
  PIPEC_CHECK(line >= 1 && line <= starts.size());
  const uint32_t begin = starts[line - 1];
  const uint32_t end = line < starts.size() ? starts[line] - 1 : static_cast<uint32_t>(file.text.size());
  std::string_view text = file.text.substr(begin, end - begin);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

uint32_t SourceManager::line_count(SourceId id) const {
  return static_cast<uint32_t>(line_starts(at(id)).size());
}

}  // namespace pipec
