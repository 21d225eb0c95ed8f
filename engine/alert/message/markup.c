#include "alert/message/markup.h"

#include "base/utf8.h"

#include <assert.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define ELLIPSIS "\xe2\x80\xa6"    /* U+2026 */
#define NO_BREAK MARKUP_NO_BREAK

const struct markup markup_line = {.lines = false};

/* One unit of output and how much of the source it stands for. */
struct unit {
  const char *bytes; /* NULL: those of `escape` */
  size_t size, length, taken;
  struct utf8_escape escape;
};

static bool is_line_break(uint32_t code) {
  return code == '\n' || code == '\r';
}

static struct unit unit_read(const struct markup *markup, struct text text, size_t at) {
  const char *from = text.data + at;
  size_t left = text.size - at;
  uint32_t code;
  assert(from); /* at < text.size */
  size_t taken = utf8_read(from, left, &code);
  if (!taken)
    return (struct unit){.bytes = REPLACEMENT, sizeof REPLACEMENT - 1, 1, 1};
  if (code == '\r' && left > 1 && from[1] == '\n')
    taken = 2;
  if (is_line_break(code))
    return (struct unit){.bytes = markup->lines ? "\n" : " ", 1, 1, taken};
  if (code != '\t' && utf8_is_hidden(code)) {
    struct unit unit = {.bytes = NULL, .taken = taken};
    unit.size = unit.length = utf8_escape(code, &unit.escape);
    return unit;
  }
  if (code < 0x80 && markup->escape) {
    struct text rest = {from + 1, left - 1};
    char c = code == '\t' ? ' ' : (char)code;
    const char *escape = markup->escape(c, at ? from[-1] : '\0', rest);
    if (escape)
      return (struct unit){
          .bytes = escape, strlen(escape), markup_length(text_from(escape)), taken};
  }
  if (code == '\t')
    return (struct unit){.bytes = " ", 1, 1, taken};
  return (struct unit){.bytes = from, taken, code > 0xffff ? 2 : 1, taken};
}

void markup_append(struct buffer *out, const struct markup *markup, struct text text,
                   size_t limit) {
  size_t length = 0;
  size_t cut = out->size; /* where the output ends if an ellipsis must follow */
  for (size_t at = 0; at < text.size;) {
    struct unit unit = unit_read(markup, text, at);
    if (length + unit.length > limit) {
      out->size = cut;
      buffer_append_string(out, ELLIPSIS);
      return;
    }
    buffer_append(out, unit.bytes ? unit.bytes : unit.escape.text, unit.size);
    length += unit.length;
    at += unit.taken;
    if (length + 1 <= limit)
      cut = out->size;
  }
}

size_t markup_length(struct text text) {
  size_t length = 0;
  for (size_t at = 0; at < text.size; length++) {
    uint32_t code = 0;
    size_t taken = utf8_read(text.data + at, text.size - at, &code);
    at += taken ? taken : 1;
    length += code > 0xffff;
  }
  return length;
}

/*
 * Slack. `& < >` are the only control characters of its text objects (docs.slack.dev, "Formatting
 * message text"); without `<` there are no links, no <!channel> and no <@user>. Words like
 * @everyone are only looked at by clients that were asked to, and are broken all the same.
 */

/* What is longer may be cut there, so nothing is asked of what follows. */
static bool calls_everybody(char before, struct text rest) {
  static const struct text names[] = {TEXT_INIT("everyone"), TEXT_INIT("channel"),
                                      TEXT_INIT("here"), TEXT_INIT("group"), TEXT_INIT("all")};
  if (markup_is_word(before))
    return false; /* an address: bob@here.example */
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (text_starts_folded(rest, names[i]))
      return true;
  return false;
}

static const char *slack_escape(char c, char before, struct text rest) {
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '@':
    return calls_everybody(before, rest) ? "@" NO_BREAK : NULL;
  default:
    return NULL;
  }
}

static const char *slack_code_escape(char c, char before, struct text rest) {
  return c == '`' ? "'" : slack_escape(c, before, rest);
}

const struct markup markup_slack_line = {.lines = false, .escape = slack_escape};
const struct markup markup_slack_lines = {.lines = true, .escape = slack_escape};
const struct markup markup_slack_code = {.lines = false, .escape = slack_code_escape};

/* ---- links ------------------------------------------------------------------------------- */

bool markup_is_link(struct text text) {
  size_t scheme = text_starts_folded(text, TEXT("https://"))  ? 8
                  : text_starts_folded(text, TEXT("http://")) ? 7
                                                              : 0;
  if (!scheme || text.size == scheme || strchr("/?#:@", text.data[scheme]))
    return false;
  for (size_t at = 0; at < text.size;) {
    uint32_t code;
    size_t taken = utf8_read(text.data + at, text.size - at, &code);
    if (!taken || code <= 0x20 || utf8_is_hidden(code))
      return false;
    at += taken;
  }
  return true;
}

void markup_append_link(struct buffer *out, struct text url) {
  for (size_t i = 0; i < url.size; i++) {
    unsigned char c = (unsigned char)url.data[i];
    if (c > 0x20 && c < 0x7f && !strchr("<>|\"`\\^{}()*", c))
      buffer_append_char(out, (char)c);
    else
      buffer_printf(out, "%%%02X", c);
  }
}
