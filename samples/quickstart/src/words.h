/* How often each word occurs. A word is a run of ASCII letters and digits; upper and lower case are the same.
 */
#ifndef TALLY_WORDS_H
#define TALLY_WORDS_H

#include <stddef.h>

struct word {
  char* text;
  size_t count;
};

struct words {
  struct word* items;
  size_t size;
  size_t capacity;
};

/* Adds the words of `length` bytes. Returns 0, or -1 when memory ran out. A word never goes on from one call
   to the next. */
int words_add(struct words* words, const char* text, size_t length);

/* The most frequent first, words that are equally frequent by the alphabet. */
void words_sort(struct words* words);

void words_free(struct words* words);

#endif
