/*
 * The room alert/message decides what of an alert a person sees, and makes hostile text harmless
 * for each markup.
 *
 * What of an alert is worth a person's look, before any markup: every destination for people
 * shows the same things. All of it is hostile text still.
 *
 * Any thread; an arena serves one at a time.
 */
#ifndef ALERT_MESSAGE_SUMMARY_H
#define ALERT_MESSAGE_SUMMARY_H

#include "alert/alert.h"
#include "base/arena.h"

/* The title, or the rule's name or id where it is blank. */
struct text alert_headline(const struct alert *alert);

/* "🟠": goes with the severity's word, never instead of it. */
const char *severity_emoji(enum severity severity);

/* Its colour on a terminal, as ECMA-48's select graphic rendition: "1;31". */
const char *severity_colour(enum severity severity);

/* "2024-03-21 07:09:03 UTC", to the second; "unknown" for TIME_NONE. */
const char *alert_time(time_us time, struct time_string *string);

/* What stands before the headline of an alert that no rule's match opened: "rule error: "; or "".
 */
const char *alert_type_words(enum alert_type type);

/* "1 match", "12 matches"; of a system alert "12 records", or "" for one
 * that counts none. */
struct count_string {
  char text[40];
};
const char *alert_count(const struct alert *alert, struct count_string *string);

/* "true positive"; "" for RESOLUTION_NONE. */
const char *alert_resolution_words(enum alert_resolution resolution);

struct alert_field {
  struct text label, value;
};

/* What the alert sums up over its matches (summary_attributes), a field each: "homer (3), lisa
 * (1)". Returns how many of `max` were written; texts live in `arena`. */
size_t alert_attributes(const struct alert *alert, struct arena *arena, struct alert_field *fields,
                        size_t max);

/*
 * The most telling fields: what the alert sums up, when it has several matches, what the rule's
 * alert_context gives, then the event's own fields in their order. Left out: p_ fields, a
 * correlation's steps (alert_steps.h), what is empty, what says the actor or the event's time
 * again, and a value that was there under the same label. Objects are opened ("object.topic"),
 * arrays of plain values are joined. Returns how many of `max` were written; texts live in `arena`.
 */
size_t alert_fields(const struct alert *alert, struct arena *arena, struct alert_field *fields,
                    size_t max);

#endif
