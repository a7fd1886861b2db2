#include "compiler/ast/serialize.h"

#include "compiler/ast/archive.h"
#include "compiler/support/check.h"

#include <cstring>
#include <type_traits>
#include <utility>

namespace pipec::ast {
namespace {

class Writer : public ArchiveWriter<Writer> {
 public:
  Writer(std::string_view text, std::string& bytes) : text_(text), bytes_(bytes) {}

  // Seven bits a byte, the lowest first.
  void number(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void leaf(const std::string& text) {
    number(text.size());
    bytes_ += text;
  }
  // A part of the source.
  void leaf(std::string_view part) {
    number(part.empty() ? 0 : static_cast<uint64_t>(part.data() - text_.data()));
    number(part.size());
  }
  void leaf(Span span) {
    number(span.begin);
    number(span.size());
  }

 private:
  std::string_view text_;
  std::string& bytes_;
};

class Reader {
 public:
  Reader(std::string_view bytes, SourceId source, std::string_view text)
      : bytes_(bytes), source_(source), text_(text) {}

  template <class... T>
  void operator()(T&... values) {
    (read(values), ...);
  }
  bool at_end() const { return position_ == bytes_.size(); }

 private:
  uint64_t number() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      PIPEC_CHECK(position_ < bytes_.size());
      const auto byte = static_cast<unsigned char>(bytes_[position_++]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  }

  template <class T>
  void read(T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      const size_t size = number();
      value = bytes_.substr(position_, size);
      position_ += size;
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      const size_t begin = number();
      value = text_.substr(begin, number());
    } else if constexpr (std::is_same_v<T, Span>) {
      const auto begin = static_cast<uint32_t>(number());
      value = {source_, begin, static_cast<uint32_t>(begin + number())};
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      value = static_cast<T>(number());
    } else {
      fields(*this, value);
    }
  }
  template <class T>
  void read(std::vector<T>& values) {
    values.resize(number());
    for (T& value : values)
      read(value);
  }
  template <class T>
  void read(std::optional<T>& value) {
    if (number() != 0) read(value.emplace());
  }
  template <class... T>
  void read(std::variant<T...>& value) {
    const size_t index = number();
    PIPEC_CHECK(index < sizeof...(T));
    emplace(value, index, std::index_sequence_for<T...>());
  }
  template <class Variant, size_t... I>
  void emplace(Variant& value, size_t index, std::index_sequence<I...>) {
    ((index == I ? read(value.template emplace<I>()) : void()), ...);
  }

  std::string_view bytes_;
  size_t position_ = 0;
  SourceId source_;
  std::string_view text_;
};

}  // namespace

std::string serialize(const File& file, std::string_view text) {
  std::string bytes;
  Writer writer(text, bytes);
  // An archive sees fields by reference; the writer changes none.
  writer(const_cast<File&>(file));
  return bytes;
}

File deserialize(std::string_view bytes, SourceId source, std::string_view text) {
  File file;
  Reader reader(bytes, source, text);
  reader(file);
  PIPEC_CHECK(reader.at_end());
  file.source = source;
  return file;
}

}  // namespace pipec::ast
