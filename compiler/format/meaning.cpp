#include "compiler/format/meaning.h"

#include "compiler/ast/archive.h"

#include <type_traits>

namespace pipec::format {
namespace {

// An archive (ast/archive.h) that leaves spans out. Every number is followed by a space and every text
// preceded by its length, so that different trees give different bytes.
class MeaningWriter {
 public:
  explicit MeaningWriter(std::string& bytes) : bytes_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (write(values), ...);
  }

 private:
  void number(uint64_t value) {
    bytes_ += std::to_string(value);
    bytes_ += ' ';
  }

  template <class T>
  void write(T& value) {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
      number(value.size());
      bytes_ += value;
    } else if constexpr (std::is_same_v<T, Span>) {
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      number(static_cast<uint64_t>(value));
    } else {
      fields(*this, value);
    }
  }
  template <class T>
  void write(std::vector<T>& values) {
    number(values.size());
    for (T& value : values)
      write(value);
  }
  template <class T>
  void write(std::optional<T>& value) {
    number(value ? 1 : 0);
    if (value) write(*value);
  }
  template <class... T>
  void write(std::variant<T...>& value) {
    number(value.index());
    std::visit([&](auto& alternative) { write(alternative); }, value);
  }

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
