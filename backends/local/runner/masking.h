// Keeps secrets out of what scripts print.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::runner {

// The texts that are replaced. A secret of several lines is masked line by line, because tools print it so;
// lines of fewer than 4 characters are left then, brackets and the like say nothing.
class Secrets {
 public:
  void add(std::string_view value);
  bool empty() const { return texts_.empty(); }

  // The length of the longest secret at the beginning of `text`; 0 when there is none.
  size_t match(std::string_view text) const;
  // Whether the whole of `text` is the beginning of a longer secret.
  bool may_begin(std::string_view text) const;

 private:
  std::vector<std::string> texts_;
  // The first characters, to pass over everything else quickly.
  std::bitset<256> first_;
};

// Replaces secrets by `***` in a stream that comes in pieces, wherever the pieces are cut.
class Masker {
 public:
  explicit Masker(const Secrets& secrets) : secrets_(&secrets) {}

  // What can be shown of all that was fed and not yet given back.
  std::string feed(std::string_view piece);
  // The rest, when nothing more will come.
  std::string finish();

 private:
  std::string take(bool last);

  const Secrets* secrets_;
  std::string kept_;
};

}  // namespace pipec::runner
