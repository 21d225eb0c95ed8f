/*
 * The rows that the simulator serves: records with their time, sorted as they are served, each
 * maybe held back at first. Made once (sim/rows_make.h), then only read, so threads may share them.
 */
#ifndef SIM_ROWS_H
#define SIM_ROWS_H

#include "base/arena.h"
#include "sim/sim.h"

struct row {
  time_us time;
  uint64_t number;      /* order in which it came: decides among equal times */
  struct text json;     /* compact, one object (or whatever a file had in a row's place) */
  struct text category; /* as `category_type` asks for it: "zoom_rooms"; empty when none */
  const char *rule_id;  /* of the known detection that it was generated for, or NULL */
  bool late;
  time_us appears; /* is not served before */
};

struct rows {
  struct row *rows;
  size_t count, capacity;
  uint64_t late, identical;
};

struct row_matches {
  const char *rule_id;
  uint64_t count;
};
#define ROW_MATCHES_MAX 16

struct row_set {
  struct arena arena;
  struct rows reports[SIM_REPORTS];
  struct row_matches matches[ROW_MATCHES_MAX]; /* of generated rows, by rule id */
  size_t match_count;
};

void row_set_free(struct row_set *set);

struct row *rows_add(struct rows *rows, time_us time); /* the rest is filled in after */

/* How a category is asked for: lower case, '_' for spaces. */
struct text row_category(struct arena *arena, struct text category_type);

#endif
