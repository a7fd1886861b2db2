#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static struct word* find(const struct words* words, const char* text) {
  for (size_t i = 0; i < words->size; i++) {
    if (strcmp(words->items[i].text, text) == 0) return &words->items[i];
  }
  return NULL;
}

static int grow(struct words* words) {
  size_t capacity = words->capacity == 0 ? 64 : words->capacity * 2;
  struct word* items = realloc(words->items, capacity * sizeof *items);
  if (items == NULL) return -1;
  words->items = items;
  words->capacity = capacity;
  return 0;
}

static int add_word(struct words* words, const char* begin, size_t length) {
  char* text = malloc(length + 1);
  if (text == NULL) return -1;
  for (size_t i = 0; i < length; i++)
    text[i] = (char)tolower((unsigned char)begin[i]);
  text[length] = '\0';
  struct word* known = find(words, text);
  if (known != NULL) {
    known->count++;
    free(text);
    return 0;
  }
  if (words->size == words->capacity && grow(words) != 0) {
    free(text);
    return -1;
  }
  words->items[words->size++] = (struct word){.text = text, .count = 1};
  return 0;
}

int words_add(struct words* words, const char* text, size_t length) {
  size_t at = 0;
  while (at < length) {
    size_t begin = at;
    while (at < length && isalnum((unsigned char)text[at]))
      at++;
    if (at > begin && add_word(words, text + begin, at - begin) != 0) return -1;
    while (at < length && !isalnum((unsigned char)text[at]))
      at++;
  }
  return 0;
}

static int compare(const void* left, const void* right) {
  const struct word* a = left;
  const struct word* b = right;
  if (a->count != b->count) return a->count > b->count ? -1 : 1;
  return strcmp(a->text, b->text);
}

void words_sort(struct words* words) {
  if (words->size > 0) qsort(words->items, words->size, sizeof *words->items, compare);
}

void words_free(struct words* words) {
  for (size_t i = 0; i < words->size; i++)
    free(words->items[i].text);
  free(words->items);
  *words = (struct words){0};
}
