/*
 * What a message to people says, in the order in which it says it: every destination for people
 * shows these parts, each in its own markup and within its own limits. None of it is escaped, and
 * nearly all of it may come from an attacker.
 *
 * A message lives as long as its arena and its alert. Any thread.
 */
#ifndef ALERT_MESSAGE_MESSAGE_H
#define ALERT_MESSAGE_MESSAGE_H

#include "alert/message/alert_steps.h"
#include "alert/message/summary.h"
#include "base/error.h"

struct message;
struct message_occasion;
struct time_zone;

/* What changes messages to a taste: a template (docs/alerts.md). */
struct message_template {
  /* Changes the headline and the fields of a message that is written otherwise, or leaves it as it
   * is and says why. New texts go into the arena. Any thread. */
  bool (*apply)(void *context, const struct alert *alert, const struct message_occasion *occasion,
                struct message *message, struct arena *arena, struct error *error);
  void *context;
};

/* How alerts are shown: the same for all destinations, but for the template. */
struct alert_display {
  struct time_zone *zone; /* that times are shown in beside UTC; NULL: none */
  struct text zone_name;  /* "Europe/Zurich" */
  struct text url; /* where people reach this margay, without a slash at its end; empty: nowhere */
  const struct message_template *template; /* NULL: messages are as they are here */
};

/* Why the message is sent: of an alert that is new, zero. */
struct message_occasion {
  enum alert_occasion occasion;
  struct text by, note; /* who brought it about, and what they said; may be empty */
  /* Where message_write says why a template failed: the message is then as without one. NULL: who
   * writes it does not ask. */
  struct error *template_error;
};

#define MESSAGE_FACTS_MAX 8
#define MESSAGE_FIELDS_MAX 10 /* what a person takes in at a look; chats show six of them */
#define MESSAGE_LINKS_MAX 2

struct message_link {
  const char *label;
  struct text url; /* http or https; percent-encoded where a markup could end it (markup.h) */
};

struct message {
  enum severity severity;
  struct text news;     /* "resolved as false positive by lisa: …"; empty when the alert is new */
  struct text headline; /* "rule error: …", or what happened: who did what to whom */
  /* Who, when, how often, by which rule, from where: those that are known. */
  struct alert_field facts[MESSAGE_FACTS_MAX];
  size_t fact_count;
  struct text why;                               /* the description; may be empty, may have lines */
  struct alert_field fields[MESSAGE_FIELDS_MAX]; /* of the events, the most telling first */
  size_t field_count;
  struct alert_step steps[ALERT_STEPS_MAX]; /* of a correlation */
  size_t step_count;
  struct text runbook;                          /* what to do; may be empty, may have lines */
  struct text reference;                        /* where it is none of the links: as it is */
  struct message_link links[MESSAGE_LINKS_MAX]; /* the alert in margay, and the reference */
  size_t link_count;
  struct text footer; /* the alert's id, and when it was opened */
};

/* Fills all of it. `display` may be NULL. A template that fails costs nothing but itself. */
void message_write(struct message *message, const struct alert *alert,
                   const struct alert_display *display, const struct message_occasion *occasion,
                   struct arena *arena);

/* "2024-03-21 07:09:03 UTC (08:09:03 Europe/Zurich)", with its date where that is another one. */
struct text message_time(time_us time, const struct alert_display *display, struct arena *arena);

#endif
