/* What single values can be: times of which form, indicators of which kind. Any thread may ask; the
 * structs serve one at a time. */
#ifndef COMMAND_SCHEMAS_INFER_VALUES_H
#define COMMAND_SCHEMAS_INFER_VALUES_H

#include "event/json/json.h"
#include "event/schema/field.h"

/* Forms of time that are tried, in this order. The first ones are numbers of a unit. */
#define INFER_UNIX_FORMS 4
extern const struct field_time_format infer_forms[];
extern const size_t infer_form_count; /* at most 32 */

/* The word for a form in a schema, or the form of strftime. */
const char *infer_form_word(const struct field_time_format *format);

struct infer_times {
  uint32_t some;    /* bit 1 << form: the first one that reads some value */
  uint32_t not_all; /* forms that do not read some value */
  bool unread;      /* no form reads some value */
};

/* Looks at one more value: a text or a number. */
void infer_times_add(struct infer_times *times, const struct json_node *value);

/* The forms that together read all values, as few as possible: bits; 0: they are no times. Numbers
 * of seconds and the like are times only where the name says so. *ambiguous: day and month could be
 * the other way round. */
uint32_t infer_times_forms(const struct infer_times *times, struct text name, bool *ambiguous);

/* What a text may be besides words. */
enum infer_kind {
  KIND_EMAIL,
  KIND_IP,
  KIND_HOST, /* labels with dots between */
  KIND_URL,
  KIND_NET_ADDR, /* an address or host with a port */
  KIND_MD5,
  KIND_SHA1,
  KIND_SHA256,
  KIND_MAC
};
#define KIND_COUNT (KIND_MAC + 1)

struct infer_texts {
  uint64_t count; /* without the empty ones */
  uint64_t is[KIND_COUNT];
};

void infer_texts_add(struct infer_texts *texts, struct text text);

/* Indicators that the values are: bits 1 << enum indicator. *by_name: the name of the field
 * counted, not only its values. */
uint32_t infer_texts_indicators(const struct infer_texts *texts, struct text name, bool *by_name);

/* A place among the names that fields with an event's time have, the likeliest first; -1: none. */
int infer_event_time_rank(struct text name);

#endif
