#include "backends/local/runner/masking.h"

#include <gtest/gtest.h>

namespace pipec::runner {
namespace {

// Feeds the text in pieces of that size.
std::string mask(const std::vector<std::string>& values, const std::string& text, size_t piece) {
  Secrets secrets;
  for (const std::string& value : values)
    secrets.add(value);
  Masker masker(secrets);
  std::string shown;
  for (size_t at = 0; at < text.size(); at += piece)
    shown += masker.feed(text.substr(at, piece));
  return shown + masker.finish();
}

TEST(Masking, FindsSecretsWhereverPiecesAreCut) {
  const std::string text = "token=s3cr3t; again s3cr3ts3cr3t, not s3cr3 and the end s3cr3t";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_EQ(mask({"s3cr3t"}, text, piece), "token=***; again ******, not s3cr3 and the end ***") << piece;
  }
}

TEST(Masking, TakesTheLongestOfSecretsThatBeginAlike) {
  for (size_t piece = 1; piece <= 12; ++piece) {
    EXPECT_EQ(mask({"abc", "abcdef"}, "xabcdefabcx", piece), "x******x") << piece;
  }
}

TEST(Masking, HoldsBackOnlyWhatMayBecomeASecret) {
  Secrets secrets;
  secrets.add("secret");
  Masker masker(secrets);
  EXPECT_EQ(masker.feed("a line\nsec"), "a line\n");
  EXPECT_EQ(masker.feed("ond"), "second");
  EXPECT_EQ(masker.feed("secret"), "***");
}

TEST(Masking, FindsTheLinesOfASecret) {
  EXPECT_EQ(mask({"-----BEGIN-----\r\nabcd\n}\n"}, "x abcd } -----BEGIN-----", 3), "x *** } ***");
  EXPECT_EQ(mask({"value\n"}, "value", 2), "***");
}

TEST(Masking, TakesShortSecretsAndLeavesEmptyOnes) {
  EXPECT_EQ(mask({"x", ""}, "axb", 1), "a***b");
  EXPECT_EQ(mask({""}, "text", 1), "text");
}

TEST(Masking, LeavesTextsWithNulAndOtherBytes) {
  const std::string text("a\0b\xff", 4);
  EXPECT_EQ(mask({"secret"}, text, 1), text);
}

}  // namespace
}  // namespace pipec::runner
