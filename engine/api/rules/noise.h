/*
 * Which rules find much, of whom, and which find nothing. A noise serves one thread.
 *
 * A rule's row says what it did with events since a time; the state file has all of that, and may
 * be in use meanwhile.
 */
#ifndef API_RULES_NOISE_H
#define API_RULES_NOISE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/map.h"
#include "rule/set/rule_set.h"
#include "store/store.h"

enum noise_sort { NOISE_BY_ALERTS, NOISE_BY_MATCHES };

struct noise_row {
  struct text rule_id;
  const struct rule *rule; /* NULL: the state file knows it, and the rule set does not */
  int64_t matches, alerts, actors;
  int64_t suppressed;                       /* of the matches, by tuning */
  int64_t resolved[ALERT_RESOLUTION_COUNT]; /* of the alerts */
  struct text top_actor;                    /* with the most matches; empty: none is known */
  int64_t top_matches;                      /* its own */
};

struct noise {
  struct arena arena; /* owns the texts */
  struct map by_id;   /* rule id -> struct noise_row, in the arena */
  struct noise_row **rows;
  size_t count;
  int64_t matches, alerts, suppressed; /* of all rules, whatever is listed */
  int64_t judged;                      /* alerts of which somebody said what they were */
  time_us since, now; /* the time that is looked at: later when there was nothing before */
};

/* What is listed. */
struct noise_choice {
  time_us since;       /* TIME_NONE: thirty days */
  const char *pattern; /* of rule ids, with *, letters in any case; NULL: all */
  /* Of the set. When that has others, they are not listed, nor are those that it does not have. No
   * items: all of the set's. */
  struct rule_list rules;
  enum noise_sort sort;
  bool silent; /* also the rules without a match */
};

/* Fills `noise`, which starts zeroed and is to be cleared whatever happens. False with the reason
 * when the store cannot be read. */
bool noise_read(struct store *store, const struct rule_set *rules,
                const struct noise_choice *choice, struct noise *noise, struct error *error);
void noise_clear(struct noise *noise);

/* Alerts a day, over the time that is looked at. */
double noise_alerts_a_day(const struct noise *noise, const struct noise_row *row);

/* Whether the rule found nothing. */
bool noise_is_silent(const struct noise_row *row);
double noise_share(int64_t part, int64_t whole); /* 0 to 1 */

/* A row for programs: a column of CSV, a member of JSON. */
struct noise_field {
  const char *name;
  enum { NOISE_FIELD_TEXT, NOISE_FIELD_COUNT, NOISE_FIELD_SHARE, NOISE_FIELD_RATE } kind;
  struct text text;
  int64_t count;
  double number;
};
#define NOISE_FIELDS_MAX 20

/* Fills the fields of a row and returns how many there are; their texts live as long as the noise
 * and `since`. */
size_t noise_fields(const struct noise *noise, const struct noise_row *row,
                    struct time_string *since, struct noise_field fields[NOISE_FIELDS_MAX]);
/* Appends the number of a field as JSON. */
void noise_append_number(struct buffer *json, const struct noise_field *field);
/* Appends a row as one JSON object. */
void noise_json_append(struct buffer *json, const struct noise *noise, const struct noise_row *row);

#endif
