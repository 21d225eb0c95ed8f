/*
 * Questions: what a rule asks of the events before, declared beside its `where`.
 *
 *   new_value    = { of = "country", per = "email", learn = "14d", keep = "90d" }
 *   rate         = { per = "operator", at_least = 10, within = "1h" }
 *   distinct     = { of = "ip_address", per = "email", at_least = 5, within = "1d" }
 *   dormant      = { per = "operator", at_least = "60d", keep = "400d" }
 *   unusual_hour = { per = "operator", learn = "30d", keep = "90d", near = 2 }
 *   spike        = { per = "operator", within = "1d", past = "30d", times = 5, at_least = 20 }
 *   travel       = { of = { "latitude", "longitude", "address" }, per = "email" }
 *
 * A question is asked of each event that passes the rule's `where` and its function, and the event
 * is learned. The rule matches where the answers to all its questions are yes. `per` says whose
 * past it is (nothing: the whole organisation's), `of` what is looked at. detect/stateful answers.
 *
 * A question never changes once its set is made; all threads may read it.
 */
#ifndef RULE_QUESTION_H
#define RULE_QUESTION_H

#include "base/arena.h"
#include "base/zone/time_zone.h"
#include "rule/rule_template.h"

/* Limits, all of them ours: they bound what a rule or an event may cost. */
#define QUESTIONS_MAX 4           /* of one rule */
#define QUESTION_PARTS_MAX 8      /* of `of`, and of `per` */
#define QUESTION_COUNT_MAX 1000   /* at_least: as many times and values are remembered for a key */
#define QUESTION_DAYS_MAX 3660    /* of a span: ten years, as for kv */
#define QUESTION_WINDOWS_MAX 400  /* of a spike's past */
#define QUESTION_NEVER_NEW_MAX 64 /* texts of `never_new` */
#define QUESTION_SHARED_MAX 64    /* keys of a network that a journey remembers */
/* Keys and values that one event may have for a question, by its lists. */
#define QUESTION_VALUES_MAX 100
/* Bytes of a key and of a value: longer ones are known by their beginning and a digest. */
#define QUESTION_TEXT_MAX 200

enum question_kind {
  QUESTION_NEW_VALUE,
  QUESTION_RATE,
  QUESTION_DISTINCT,
  QUESTION_DORMANT,
  QUESTION_UNUSUAL_HOUR,
  QUESTION_SPIKE,
  QUESTION_TRAVEL,
  QUESTION_KIND_COUNT
};

extern const char *const question_kind_names[QUESTION_KIND_COUNT]; /* "new_value", … */

enum question_cut { QUESTION_WHOLE, QUESTION_DOMAIN /* what follows the last @ */ };

/* Where a value, or a part of it, comes from: a field of the event (`path`, `udm:NAME`, or the
 * first of several that has a value), or what a lookup table has for it. */
struct question_part {
  const struct rule_template *field; /* a plain one: one value */
  struct text lookup;                /* the table; empty: the field itself */
  const struct text *columns; /* dotted paths in the row; the first that has a value counts */
  size_t column_count;
  enum question_cut cut;
};

struct question_parts {
  const struct question_part *items;
  size_t count;
  unsigned shared; /* number of all questions of the set that are about the same */
};

struct question_texts {
  const struct text *items;
  size_t count;
};

struct question {
  enum question_kind kind;
  struct question_parts of, per;
  bool of_any;         /* each part of `of` is a value by itself; else all of them are one */
  bool learn_together; /* the time of learning is the organisation's, not each key's */
  struct question_texts never_new; /* NEW_VALUE: folded; learned, and never new */
  /* Microseconds, as far as the kind has them. */
  int64_t learn, keep, within, past;
  int64_t quiet; /* DORMANT: at_least */
  int64_t at_least;
  int64_t near;                 /* hours beside a usual one that are usual, too */
  int64_t at_most;              /* days on which a key had an hour that is still unusual */
  struct text zone_name;        /* UNUSUAL_HOUR: of the time zone; empty: UTC */
  const struct time_zone *zone; /* NULL: UTC */
  double times;
  /* TRAVEL: kilometres, kilometres an hour, keys of a network (0: no network is shared). */
  int64_t farther_than, faster_than, shared_by;
  struct text written; /* the table as JSON, as the rule's own file has it */
  /* Hash of what decides what is remembered: another one begins anew. */
  uint64_t meaning;
};

/* How long before an event the question looks at others, in microseconds. */
int64_t question_look_back(const struct question *question);

struct question_list {
  const struct question *items;
  size_t count;
};

/* A key or a value of an event: as it stands there, and as it is compared (letters folded). */
struct question_text {
  struct text shown, folded;
  uint64_t hash; /* of the folded one: hash_text */
};

/* The keys or values that an event has for a question. */
struct question_found {
  const struct question_text *items; /* a key that is empty: the organisation */
  size_t count;
  bool cut; /* there were more than QUESTION_VALUES_MAX */
};

/* What a question is asked of one event: whose past, and about which values. */
struct question_asked {
  const struct question *question;
  const struct question_found *keys; /* NULL: the event lacks a key or a value, and is not asked */
  const struct question_found *values; /* NULL: the question has no `of` */
};

/* What came of all questions of a rule on an event, for the functions that describe a match. */
struct question_answers {
  struct text json;         /* an array with an object for each question, in their order */
  struct text words;        /* the same for people, a line each */
  struct question_text key; /* whose past it is; empty: the organisation's */
};

#endif
