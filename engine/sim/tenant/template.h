/*
 * From an act to the text of its record: shapes compiled into runs of bytes and fields.
 *
 * "{'operator':'<who.email>'}" is the run {"operator":" then the field who.email, then "}. The
 * fields are the rows of a table (template_fields.c), each with the function that appends its
 * value; a value fits into a JSON string, or is a number.
 *
 * Threads: one for each filler; templates are constant once they are compiled.
 */
#ifndef SIM_TENANT_TEMPLATE_H
#define SIM_TENANT_TEMPLATE_H

#include "sim/tenant/agenda.h"
#include "sim/tenant/people.h"
#include "sim/tenant/tenant.h"

/* What fields are made from. Start it with {.people = …}; released by filler_free. */
struct filler {
  const struct people *people;
  const struct act *act;
  struct somebody who, whom;
  struct buffer who_text, whom_text; /* the names of guests */
  int64_t day;                       /* of `date`, from 1970 */
  char date[16];                     /* "2024-03-21" */
};

void filler_free(struct filler *filler);

struct template_field {
  const char *name;
  void (*append)(struct filler *filler, struct buffer *out);
};
extern const struct template_field TEMPLATE_FIELDS[];
extern const size_t TEMPLATE_FIELD_COUNT;

struct template_piece {
  struct text before;                 /* bytes that precede the field */
  const struct template_field *field; /* NULL: the end */
};

struct template {
  enum tenant_log log;
  struct template_piece *pieces; /* in the arena */
};

/* Compiles a shape. An unknown field is a bug. */
struct template template_compile(struct arena *arena, enum tenant_log log, const char *shape);

void template_fill(const struct template *template, struct filler *filler, const struct act *act,
                   struct buffer *out);

/* How somebody is online, in an act's number: fields `client`, `version` and `address`. */
struct online {
  uint8_t client, network, place;
  uint8_t number; /* decides among the addresses that the person has there */
};
static inline uint32_t online_pack(struct online online) {
  return (uint32_t)online.client | (uint32_t)online.network << 8 | (uint32_t)online.place << 16 |
         (uint32_t)online.number << 24;
}

/* A meeting's length, which follows from its key. */
unsigned template_minutes(uint64_t key);

#endif
