/* tally [FILE]: prints each word of a file, or of standard input, with how often it occurs. */
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of the stream, or NULL; `length` is set. */
static char* read_all(FILE* stream, size_t* length) {
  size_t capacity = 1 << 16;
  char* text = malloc(capacity);
  *length = 0;
  while (text != NULL) {
    *length += fread(text + *length, 1, capacity - *length, stream);
    if (*length < capacity) break;
    capacity *= 2;
    char* larger = realloc(text, capacity);
    if (larger == NULL) free(text);
    text = larger;
  }
  if (text != NULL && ferror(stream)) {
    free(text);
    return NULL;
  }
  return text;
}

int main(int argc, char** argv) {
  if (argc > 2) {
    fputs("usage: tally [FILE]\n", stderr);
    return 2;
  }
  FILE* stream = argc == 2 ? fopen(argv[1], "rb") : stdin;
  if (stream == NULL) {
    perror(argv[1]);
    return 1;
  }
  size_t length = 0;
  char* text = read_all(stream, &length);
  if (stream != stdin) fclose(stream);
  struct words words = {0};
  if (text == NULL || words_add(&words, text, length) != 0) {
    fputs("tally: the input cannot be read\n", stderr);
    free(text);
    words_free(&words);
    return 1;
  }
  words_sort(&words);
  for (size_t i = 0; i < words.size; i++)
    printf("%zu %s\n", words.items[i].count, words.items[i].text);
  words_free(&words);
  free(text);
  return fflush(stdout) == 0 ? 0 : 1;
}
