/*
 * The room alert/destination/siem holds the stores of alerts: what is written there is for
 * programs and searches, so it is the data as it is, and every occasion of an alert is a document
 * of its own.
 *
 * What they share: the alert as JSON with what happened to it, made small enough for the service.
 * An alert that is too large loses its event first, then what its rule said of it
 * (alert_context, summary_attributes, reports, tags), and then the ends of its texts; `left_out`
 * says so. In the event and what its rule said, numbers with a fraction or of more than 18 digits
 * are strings: some services refuse or round them.
 *
 * Any thread.
 */
#ifndef ALERT_DESTINATION_SIEM_SIEM_H
#define ALERT_DESTINATION_SIEM_SIEM_H

#include "alert/destination/destination.h"

#include <jansson.h>

/* What is written. */
struct siem_record {
  const struct destination *destination;
  const struct alert *alert; /* without what was left out */
  const struct delivery_try *attempt;
  const char *left_out; /* "event", …; NULL: nothing */
  time_us time;         /* when it was opened, or the occasion is sent */
};

/* Appends a record of at most `limit` bytes, at least 48 KiB: `write` is called with less and less
 * until what it appends is so small. */
void siem_append(struct buffer *out, const struct siem_record *record, size_t limit,
                 void (*write)(struct buffer *out, const struct siem_record *record));

/* A record of an alert that is whole. */
struct siem_record siem_record_of(const struct destination *destination, const struct alert *alert,
                                  const struct delivery_try *attempt);

/* The alert as JSON (alert/message/alert_json.h) with the members that docs/alerts.md lists. */
void siem_append_alert(struct buffer *out, const struct siem_record *record);

/* "HIGH: Passcode turned off (acknowledged by lisa)", for a list. On one line of plain text. */
void siem_append_headline(struct buffer *out, const struct siem_record *record, size_t limit);

/* The alert's page in margay; nothing when the configuration says no URL. */
void siem_append_page(struct buffer *out, const struct siem_record *record);

/* Appends ",\"key\":" and a JSON string, or nothing for an empty text. */
void siem_put(struct buffer *out, const char *key, struct text text);

#endif
