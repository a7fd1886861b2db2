// Source texts and places in them. The SourceManager owns every text for the life of a compilation, so
// `string_view`s into it stay valid.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace pipec {

enum class SourceId : uint32_t {};

// A half-open range of bytes in one source. An empty span is a place between two characters.
struct Span {
  SourceId source{};
  uint32_t begin = 0;
  uint32_t end = 0;

  auto operator<=>(const Span&) const = default;
  uint32_t size() const { return end - begin; }
  bool contains(Span other) const {
    return source == other.source && begin <= other.begin && other.end <= end;
  }
};

// From the first byte of `first` to the last byte of `last`; both must be in one source.
Span join(Span first, Span last);

// 1-based; `column` counts characters (code points), as editors do.
struct Place {
  uint32_t line = 1;
  uint32_t column = 1;
};

class SourceManager {
 public:
  // The largest source text that is read: a parse tree costs about 100 bytes per source byte.
  static constexpr size_t max_bytes = size_t{8} << 20;

  // `path` is how the source is named to people; it is not opened.
  SourceId add(std::string path, std::string text);
  // As `add`, but the text is not copied: it must outlive the manager (the embedded standard library).
  SourceId add_view(std::string path, std::string_view text);

  std::string_view path(SourceId id) const { return at(id).path; }
  std::string_view text(SourceId id) const { return at(id).text; }
  std::string_view text(Span span) const;
  Place place(SourceId id, uint32_t offset) const;
  Place place(Span span) const { return place(span.source, span.begin); }
  // The line's text without its line end; `line` is 1-based.
  std::string_view line(SourceId id, uint32_t line) const;
  uint32_t line_count(SourceId id) const;
  size_t size() const { return files_.size(); }

 private:
  struct File {
    std::string path;
    std::string owned;
    std::string_view text;
    mutable std::vector<uint32_t> line_starts;
    // How many characters precede each block of bytes.
    mutable std::vector<uint32_t> characters;
  };
  const File& at(SourceId id) const;
  static const std::vector<uint32_t>& line_starts(const File& file);
  static uint32_t characters_before(const File& file, uint32_t offset);

  std::deque<File> files_;
};

}  // namespace pipec
