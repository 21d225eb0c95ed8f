/*
 * Hostile text made safe for one place: a line on a terminal, a Slack header, a code span.
 *
 * A markup says how one character is written there: as itself, as an escape, or as something
 * harmless. A unit (a character or its escape) is never cut in two, and malformed UTF-8 becomes
 * U+FFFD. What nobody sees, or what moves what one sees (base/utf8.h), is written as \u{200B},
 * whose characters no markup escapes.
 *
 * Lengths are counted in UTF-16 code units of what is written, escapes included: nobody documents
 * what a chat service counts, and this is never less than its characters.
 *
 * Markups are constant; any thread may use them.
 */
#ifndef ALERT_MESSAGE_MARKUP_H
#define ALERT_MESSAGE_MARKUP_H

#include "base/buffer.h"

struct markup {
  bool lines; /* line breaks stay; else they become a space */
  /* What is written for an ASCII character (a space also for a tab); NULL: itself. `before` and
   * `rest` are what surrounds it in the source ('\0' and empty at the ends). */
  const char *(*escape)(char c, char before, struct text rest);
};

/* Stands where a service would make a link or a mention of what is around it: U+2060, word joiner,
 * which shows as nothing and is no part of a word. */
#define MARKUP_NO_BREAK "\xe2\x81\xa0"

/* ASCII letters, digits and `_`: what names that are mentioned consist of. */
static inline bool markup_is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

extern const struct markup markup_line;        /* one line of plain text */
extern const struct markup markup_slack_line;  /* one line for a plain_text object */
extern const struct markup markup_slack_lines; /* mrkdwn; nothing in it links or mentions */
extern const struct markup markup_slack_code;  /* between two back-ticks of mrkdwn */

/* What stands for a character in HTML's text and attributes; NULL: itself. */
const char *markup_html_entity(char c);

/* Appends `text`, at most `limit` long; what is longer ends in "…". The limit is at least 1. */
void markup_append(struct buffer *out, const struct markup *markup, struct text text, size_t limit);

/* The length of well-formed UTF-8 as it is counted here. */
size_t markup_length(struct text text);

/* True when text is an http or https URL that can be made a link: a host, and no white space or
 * control characters. */
bool markup_is_link(struct text text);

/* Appends such a URL as RFC 3986 allows it: characters that would end it, in any markup, are
 * percent-encoded. */
void markup_append_link(struct buffer *out, struct text url);

#endif
