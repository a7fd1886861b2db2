#include "compiler/format/meaning.h"

#include "compiler/ast/archive.h"

#include <type_traits>

namespace pipec::format {
namespace {

// An archive (ast/archive.h) that leaves spans out. Every number is followed by a space and every text
// preceded by its length, so that different trees give different bytes.
class MeaningWriter : public ast::ArchiveWriter<MeaningWriter> {
 public:
  explicit MeaningWriter(std::string& bytes) : bytes_(bytes) {}

  void number(uint64_t value) {
    bytes_ += std::to_string(value);
    bytes_ += ' ';
  }
  void leaf(std::string_view text) {
    number(text.size());
    bytes_ += text;
  }
  void leaf(Span /*span*/) {}

 private:
  std::string& bytes_;
};

}  // namespace

std::string meaning(const ast::File& file) {
  std::string bytes;
  MeaningWriter writer(bytes);
  // An archive sees fields by reference; the writer changes none.
  writer(const_cast<ast::File&>(file));
  return bytes;
}

std::string comments(const ast::File& file, const SourceManager& sources) {
  std::string all;
  for (const ast::Comment& comment : file.comments) {
    const std::string_view text = sources.text(comment.span);
    all += text.substr(0, text.find_last_not_of(" \t") + 1);
    all += '\n';
  }
  return all;
}

}  // namespace pipec::format
