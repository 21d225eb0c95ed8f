/* The key of a field test, "operation_detail|contains|all", taken apart: private to conditions. For
 * the thread that compiles. */
#ifndef RULE_CONDITION_CONDITION_KEY_H
#define RULE_CONDITION_CONDITION_KEY_H

#include "rule/condition/condition.h"

/* How a value is rewritten before it is compared (Sigma's transformation modifiers). */
enum condition_encoding {
  ENCODING_DASHES, /* windash */
  ENCODING_UTF16LE,
  ENCODING_UTF16BE,
  ENCODING_UTF16, /* little endian behind a byte order mark */
  ENCODING_BASE64,
  ENCODING_BASE64_OFFSET
};
#define ENCODINGS_MAX 8 /* each modifier at most once */

struct condition_key {
  const char *noun; /* what errors call it: "where key" */
  char shown[160];  /* the whole key, safe to print */
  struct text path; /* empty: any field */
  enum comparison comparison;
  bool every, cased, differs, reference;
  enum time_part part;
  unsigned regex_options;
  enum condition_encoding encodings[ENCODINGS_MAX]; /* in the order in which they are applied */
  size_t encoding_count;
  struct error *error;
};

/* Reads a key and checks that its modifiers go together. `noun` and `error` are set. */
bool condition_key_read(struct condition_key *key, struct text text);

/* "CAUSE in where key 'KEY'". Always false. */
bool condition_key_wrong(const struct condition_key *key, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Values by type: bit 1 << type of struct condition_value. */
unsigned condition_key_takes(const struct condition_key *key);
const char *condition_key_taker(const struct condition_key *key); /* the modifier that decides */
bool condition_key_takes_list(const struct condition_key *key);
const char *comparison_name(enum comparison comparison); /* "" for equality */
const char *time_part_name(enum time_part part);

/*
 * The texts that a value with encodings stands for, any of which may be there. Those of windash
 * alone are patterns still; all others are plain (*plain). 0 when a value cannot be encoded.
 */
size_t condition_encode(struct arena *arena, const struct condition_key *key, struct text value,
                        struct text **texts, bool *plain);

#endif
