/* words_test REPORT: checks the word counter and writes a JUnit report. */
#include "words.h"

#include <stdio.h>
#include <string.h>

/* The counted and sorted words of `text` as `2 a, 1 b`. */
static void describe(const char* text, char* result, size_t size) {
  struct words words = {0};
  words_add(&words, text, strlen(text));
  words_sort(&words);
  size_t used = 0;
  result[0] = '\0';
  for (size_t i = 0; i < words.size && used < size; i++) {
    const char* separator = i > 0 ? ", " : "";
    used += (size_t)snprintf(result + used, size - used, "%s%zu %s", separator, words.items[i].count,
                             words.items[i].text);
  }
  words_free(&words);
}

struct test {
  const char* name;
  const char* text;
  const char* expected;
};

static const struct test tests[] = {
    {"nothing", "", ""},
    {"no words", " ,;\n\t", ""},
    {"one word", "word", "1 word"},
    {"case does not matter", "Word word WORD", "3 word"},
    {"digits belong to words", "r2d2 42", "1 42, 1 r2d2"},
    {"punctuation separates", "a-b.a", "2 a, 1 b"},
    {"the most frequent first", "b a b c c c", "3 c, 2 b, 1 a"},
};

int main(int argc, char** argv) {
  if (argc != 2) {
    fputs("usage: words_test REPORT\n", stderr);
    return 2;
  }
  FILE* report = fopen(argv[1], "w");
  if (report == NULL) {
    perror(argv[1]);
    return 2;
  }
  const size_t count = sizeof tests / sizeof *tests;
  size_t failures = 0;
  fprintf(report, "<testsuite name=\"words\" tests=\"%zu\">\n", count);
  for (size_t i = 0; i < count; i++) {
    char result[256];
    describe(tests[i].text, result, sizeof result);
    const int passed = strcmp(result, tests[i].expected) == 0;
    fprintf(report, "  <testcase name=\"%s\">%s</testcase>\n", tests[i].name,
            passed ? "" : "<failure message=\"another result\"/>");
    printf("%s: %s\n", passed ? "ok" : "FAILED", tests[i].name);
    if (!passed) {
      printf("  expected `%s`, got `%s`\n", tests[i].expected, result);
      failures++;
    }
  }
  fputs("</testsuite>\n", report);
  return fclose(report) == 0 && failures == 0 ? 0 : 1;
}
