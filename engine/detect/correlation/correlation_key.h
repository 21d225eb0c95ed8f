/*
 * What a match has to say to correlations: the values of the fields that a step names, taken from
 * its event and from its alert_context.
 */
#ifndef DETECT_CORRELATION_CORRELATION_KEY_H
#define DETECT_CORRELATION_CORRELATION_KEY_H

#include "detect/window/match.h"
#include "rule/correlation.h"

/* A key's bytes; a match whose values are longer is no part of anything. */
#define CORRELATION_KEY_MAX 1024

/* Reads one match after another; what it gave lives until the next. */
struct correlation_reader;
struct correlation_reader *correlation_reader_new(void);
void correlation_reader_free(struct correlation_reader *reader); /* NULL is fine */

/* Stands at this match, which must live until the next one. */
void correlation_reader_set(struct correlation_reader *reader, const struct match *match);

/* Values of one list that are looked at, and keys that one match may have by lists. */
#define CORRELATION_VALUES_MAX 16
#define CORRELATION_KEYS_OF_MATCH_MAX 64

/*
 * Finds the values of the fields and says how many keys they make: a field that is a list, or leads
 * through one, has each of its values, and all fields' values are combined. 0 when a field has
 * none: it is missing, null, empty or a table. E-mail addresses count in any case
 * (base/unicode/address.h).
 */
size_t correlation_find_keys(struct correlation_reader *reader, struct text_list fields);
/* There were more than are taken. */
bool correlation_keys_were_cut(const struct correlation_reader *reader);

/* The values of key 0, 1, … as a JSON array of strings. False when they are too long. */
bool correlation_read_key(const struct correlation_reader *reader, size_t index,
                          struct buffer *key);

/* A hash of the fields' values together, never 0; false when one has none, or
 * several. */
bool correlation_read_unique(struct correlation_reader *reader, struct text_list fields,
                             uint64_t *hash);

/* The number that a field is, or that its text is from end to end, as the bits of a double; false
 * when it is none. */
bool correlation_read_number(struct correlation_reader *reader, struct text field, uint64_t *bits);

#endif
