/*
 * The compiled form of what a field test compares with: private to conditions and to indexes over
 * them. It never changes once it is compiled; all threads may read it.
 */
#ifndef RULE_CONDITION_CONDITION_OPERAND_H
#define RULE_CONDITION_CONDITION_OPERAND_H

#include "base/ip.h"
#include "base/unicode/fold.h"
#include "rule/condition/condition.h"
#include "rule/condition/grams.h"
#include "rule/condition/wildcard.h"

/* A number without loss: JSON's integers do not fit a double. */
struct condition_number {
  enum {
    NUMBER_INT,
    NUMBER_UINT, /* above INT64_MAX only */
    NUMBER_REAL,
    NUMBER_LARGE /* fits none of these */
  } type;
  union {
    int64_t integer;
    uint64_t unsigned_integer;
    double real;
    struct text digits; /* in JSON's grammar; somebody else's */
  } value;
};

enum operand_kind {
  OPERAND_TEXT,     /* EQUAL, CONTAINS, STARTS, ENDS: a literal */
  OPERAND_WILDCARD, /* the same with `*` or `?`; the open ends say which */
  OPERAND_NUMBER,   /* EQUAL, GT, GTE, LT, LTE */
  OPERAND_BOOL,     /* EQUAL, EXISTS */
  OPERAND_NULL,     /* EQUAL */
  OPERAND_REGEX,
  OPERAND_NETWORK, /* CIDR */
  OPERAND_FIELD,   /* EQUAL, CONTAINS, STARTS, ENDS: with the value of another field */
  OPERAND_TABLE    /* LOOKUP: the text is its name */
};

struct condition_operand {
  enum operand_kind kind;
  bool boolean; /* BOOL */
  /* TEXT: the literal, its escapes taken away; NUMBER, BOOL: the JSON spelling. Folded unless the
   * condition is `cased`. Others: as it was given. */
  struct text text;
  struct fold_range range; /* TEXT: of texts that are only equal by Unicode's folding */
  struct text given;       /* a text as the rule has it; empty when a modifier rewrote it */
  union {
    struct condition_number number;
    struct ip_network network;
    const struct wildcard *wildcard;
    struct regex *regex;
    unsigned field;
    struct grams grams; /* TEXT */
  } of;
};

/* -1, 0 or 1; exact for any two. */
int condition_number_compare(const struct condition_number *a, const struct condition_number *b);

/* The same where one of them is NUMBER_LARGE. */
int condition_decimal_compare(const struct condition_number *a, const struct condition_number *b);

/* A scalar as the text that it is compared as (a number's spelling lives until the next); false for
 * null, arrays and objects. */
bool condition_scalar_text(struct field_view *view, const struct json_node *node,
                           struct text *text);

/* The number that a node is, or that a string is from end to end (in JSON's grammar). The digits of
 * a NUMBER_LARGE are the node's. */
bool condition_number_read(const struct json_node *node, struct condition_number *number);

/* A part of the time that a text (base/clock.h's time_parse) or a Unix time in seconds or
 * milliseconds says, in UTC; false when it says none. */
bool condition_time_part(const struct json_node *node, enum time_part part, int64_t *number);

#endif
