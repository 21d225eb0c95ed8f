/*
 * The room alert/destination/chat holds the destinations that are people's chats: each writes a
 * struct message in the markup of its service, so that all say the same.
 *
 * What they share. Any thread.
 */
#ifndef ALERT_DESTINATION_CHAT_CHAT_H
#define ALERT_DESTINATION_CHAT_CHAT_H

#include "alert/destination/destination.h"
#include "alert/message/markup.h"
#include "alert/message/message.h"

#include <jansson.h>

/* Appends "🟠 HIGH: Passcode turned off", at most `limit` long as markups count. */
void chat_append_headline(struct buffer *out, const struct message *message,
                          const struct markup *markup, size_t limit);

/* What goes with the severity: red to grey, as 0xRRGGBB. */
uint32_t chat_colour(enum severity severity);

/* What a chat gets where a message can be neither edited nor answered: what changes what people do.
 */
#define CHAT_OCCASIONS_PLAIN                                                                       \
  (ALERT_WHEN(OCCASION_ROSE) | ALERT_WHEN(OCCASION_RESOLVED) | ALERT_WHEN(OCCASION_REOPENED))

/* Where what happens is answered below the message of the alert, or shown in it. */
#define CHAT_OCCASIONS_THREAD (ALERT_WHEN_ALWAYS & ~ALERT_WHEN(OCCASION_OPENED))

/* ---- how much of a message is shown ------------------------------------------------------- */

/*
 * A message has a size that its parts do not say: it depends on escapes, and on how a service
 * counts. So a kind writes it in full (chat_details[0]), and where that is more than its service
 * takes, with less and less of it; the last one is below 4,000 bytes in every markup here.
 * What is cut ends in "…", and what is left out is counted in words.
 */
struct chat_detail {
  size_t words;                 /* of news, a description, a runbook: as markups count */
  size_t label, value;          /* of a field, a fact or an event of a step */
  size_t link;                  /* bytes of a URL; a longer one is shown as text and cut */
  size_t fields, steps, events; /* how many; events of each step */
};

#define CHAT_DETAIL_COUNT 6
extern const struct chat_detail chat_details[CHAT_DETAIL_COUNT];

/* ---- a message as one text ------------------------------------------------------------------ */

enum chat_part {
  CHAT_HEADLINE = 1 << 0,
  CHAT_NEWS = 1 << 1,
  CHAT_FACTS = 1 << 2,
  CHAT_WHY = 1 << 3,
  CHAT_FIELDS = 1 << 4,
  CHAT_STEPS = 1 << 5,
  CHAT_RUNBOOK = 1 << 6,
  CHAT_LINKS = 1 << 7,
  CHAT_FOOTER = 1 << 8
};
#define CHAT_WHOLE 0x1ff
/* What is enough where the message before is in sight. */
#define CHAT_IN_SHORT (CHAT_HEADLINE | CHAT_NEWS | CHAT_LINKS)

/* How a service writes what margay itself says. */
struct chat_style {
  const struct markup *line, *lines; /* one line of text, and several */
  const struct markup *value;        /* between value_open and value_close; one line */
  const char *strong_open, *strong_close;
  const char *value_open, *value_close;
  const char *line_break; /* what stands for one; NULL: a line feed */
  /* Writes a link; its URL holds nothing that ends one (markup_append_link). NULL: as text. */
  void (*append_link)(struct buffer *out, const char *label, struct text url);
};

/* Appends parts of a message (a mask), as lines; without a line break at the end. */
void chat_append_parts(struct buffer *out, const struct message *message,
                       const struct chat_style *style, const struct chat_detail *detail,
                       unsigned parts);

/* The same in as much detail as `limit` allows; `length` says how long a text is for the service
 * (markup_length, or chat_bytes). */
void chat_append_fitting(struct buffer *out, const struct message *message,
                         const struct chat_style *style, unsigned parts,
                         size_t (*length)(struct text text), size_t limit);
size_t chat_bytes(struct text text);
size_t chat_json_bytes(struct text text); /* as a JSON string, without its quotes */

/* Markdown, as Discord and CommonMark have it: **strong**, `value`, [label](URL). */
extern const struct chat_style chat_style_markdown;
/* Without any markup. */
extern const struct chat_style chat_style_plain;

/* ---- a message as JSON ----------------------------------------------------------------------- */

/* Writes it in as much detail as fits into `limit` bytes of JSON. `make` gives a new reference. */
void chat_append_fitting_json(struct buffer *out, const struct message *message,
                              json_t *(*make)(const struct message *message,
                                              const struct chat_detail *detail, void *context),
                              void *context, size_t limit);

/* "and 4 more"; nothing where `shown` is all of them. */
void chat_append_more(struct buffer *out, size_t shown, size_t all);

/* `TIME ACTOR: TITLE (RULE)` of an event of a step; the caller has written the line's start. */
void chat_append_event(struct buffer *out, const struct alert_step_event *event,
                       const struct chat_style *style, const struct chat_detail *detail);

/* A new reference. */
json_t *chat_json_string(const struct buffer *text);

/* Content-Type of JSON, and Idempotency-Key. */
bool chat_headers(struct delivery_request *request, const struct delivery_try *attempt,
                  struct error *error);

/* `Authorization: Bearer TOKEN`. */
bool chat_bearer(struct delivery_request *request, struct text token, struct error *error);

/* ---- answers ----------------------------------------------------------------------------------
 */

/* What a code in an answer means. */
struct chat_answer {
  const char *code;
  enum delivery_verdict verdict;
  const char *words; /* for people */
};

/* Judges by a code that a service's answer holds. False: it is not in the table. */
bool chat_judge_code(const struct chat_answer *answers, size_t count, struct text code, long status,
                     struct delivery_judgement *judgement);

/* A word that may be shown: at most 64 letters, digits, `.`, `_` and `-` of ASCII. */
bool chat_is_code(struct text text);

/* Such a member of an answer that is a JSON object; empty: none. It lives in `json`. */
struct text chat_answer_code(const json_t *json, const char *key);

/* An answer's body as JSON, or NULL. A new reference. */
json_t *chat_answer_json(const struct http_response *response);

/* A delay that an answer gives in seconds, at most an hour, in microseconds; 0 where it gives none.
 */
int64_t chat_answer_delay(const json_t *seconds);
/* The same in milliseconds. */
int64_t chat_answer_delay_ms(const json_t *milliseconds);

#endif
