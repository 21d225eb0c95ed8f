/*
 * The room alert/destination/incident holds the destinations where an alert becomes an incident
 * that people follow to its end: later occasions acknowledge, resolve or comment on the same one.
 *
 * What they share: a struct message as plain text and as named details, and the progress of a
 * conversation of several requests. Services make links of URLs and mentions of names in plain
 * text, and some read HTML or [code] in it. So text from events is written as analysts write it,
 * "https[:]//evil.example", "[@]all" and "‹b›", and only margay's own links are links.
 *
 * Any thread.
 */
#ifndef ALERT_DESTINATION_INCIDENT_INCIDENT_H
#define ALERT_DESTINATION_INCIDENT_INCIDENT_H

#include "alert/destination/destination.h"
#include "alert/message/markup.h"
#include "alert/message/message.h"

#include <jansson.h>

extern const struct markup markup_incident_line, markup_incident_lines;

/* Every text here is at most `limit` long (markup.h), and ends in "…" when it was cut. */

/* "HIGH: Passcode turned off for group Springfield" */
void incident_append_headline(struct buffer *out, const struct message *message, size_t limit);

/* What happened to the alert, "acknowledged by lisa: looking"; the headline of one that is new. */
void incident_append_news(struct buffer *out, const struct message *message, size_t limit);

/* All of the message but its links, in lines of plain text. */
void incident_append_body(struct buffer *out, const struct message *message, size_t limit);

/* All of the message in lines of plain text. The links and the alert's id stand at its end,
 * whatever had to be cut. The limit is at least 1000. */
void incident_append_text(struct buffer *out, const struct message *message, size_t limit);

/* Adds the message's facts and fields to an object, as strings by their labels. Labels and values
 * take at most `room` together; each value is cut at `limit`. */
void incident_add_details(json_t *object, const struct message *message, size_t limit, size_t room);

/* A JSON string of hostile text on one line. A new reference, never NULL. */
json_t *incident_line(struct text text, size_t limit);

/* Renders into the object's string member. */
void incident_set(json_t *object, const char *key,
                  void (*append)(struct buffer *out, const struct message *message, size_t limit),
                  const struct message *message, size_t limit);

/* What a service is asked to do. */
enum incident_action {
  INCIDENT_OPEN,
  INCIDENT_UPDATE, /* say what is new about it */
  INCIDENT_ACKNOWLEDGE,
  INCIDENT_RESOLVE,
  INCIDENT_REOPEN
};

/*
 * What an occasion asks for. Where people see the incidents of a pager, an alert that is resolved
 * before it was sent opens nothing, and one that was acknowledged is opened and acknowledged: the
 * second action is *then, which is the same as the first when there is none.
 */
enum incident_action incident_action_of(const struct alert *alert, enum alert_occasion occasion,
                                        enum incident_action *then);

/*
 * Where a conversation is: the service's own id of the incident, once it is known, and how many
 * requests of the occasion under way are done. It is the delivery's state.
 */
struct incident_progress {
  int step;         /* 0 at the beginning of every occasion */
  struct text id;   /* letters, digits, '-' and '_'; empty: not known */
  struct text rest; /* what the kind adds; may be empty */
};
#define INCIDENT_ID_MAX 128

/* What is kept; all zero for what margay did not write. Texts live as long as the state. */
struct incident_progress incident_progress_read(const struct delivery_try *attempt);

/* Keeps it. An id that is no id is not kept. */
void incident_progress_keep(struct delivery_judgement *judgement,
                            const struct delivery_try *attempt,
                            const struct incident_progress *progress);

/* The request was done: the delivery too, or it goes on with the next step when the request's part
 * says that there is one. */
enum incident_part { INCIDENT_PART_LAST, INCIDENT_PART_GOES_ON };
void incident_go_on(struct delivery_judgement *judgement, const struct delivery_try *attempt);

/*
 * Services that open one more incident at each request to open one are asked first whether the
 * alert has one: that is found when the answer to an earlier request was lost. What a search found
 * out holds for the request that follows at once, and for no other: it is kept in the memo, which a
 * crash ends, and ends when it is used.
 */

/* The search found nothing: MORE. */
void incident_found_none(struct delivery_judgement *judgement, const struct delivery_try *attempt);

/* Whether this request follows such a search; once. True of a preview. */
bool incident_may_open(const struct delivery_try *attempt);

/* Whether a service's id can be kept. */
bool incident_is_id(struct text id);

#endif
