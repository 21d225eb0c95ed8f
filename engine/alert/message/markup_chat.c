#include "alert/message/markup_chat.h"

#define NO_BREAK_SPACE "\xc2\xa0" /* U+00A0 */

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
  return markup_is_word(c) && !is_digit(c) && c != '_';
}

static bool next_is(struct text rest, bool (*is)(char c)) {
  return rest.size > 0 && is(rest.data[0]);
}

/* What is written so that neither a link nor a mention is found; NULL where there is none. */
static const char *still(char c, char before, struct text rest) {
  switch (c) {
  case '@':
    return next_is(rest, markup_is_word) && !markup_is_word(before) ? "@" MARKUP_NO_BREAK : NULL;
  case '#':
    return next_is(rest, markup_is_word) ? "#" MARKUP_NO_BREAK : NULL;
  case ':':
    return rest.size > 1 && rest.data[0] == '/' && rest.data[1] == '/' ? ":" MARKUP_NO_BREAK : NULL;
  case '{': /* {{DATE(…)}} */
    return rest.size > 0 && rest.data[0] == '{' ? "{" MARKUP_NO_BREAK : NULL;
  default:
    return NULL;
  }
}

/* Names of hosts, addresses, commands and emoji as well. */
static const char *stiller(char c, char before, struct text rest) {
  switch (c) {
  case '.':
    return markup_is_word(before) && next_is(rest, is_letter) ? "." MARKUP_NO_BREAK : NULL;
  case '@':
    return "@" MARKUP_NO_BREAK;
  case '$': /* $USD */
    return next_is(rest, is_letter) ? "$" MARKUP_NO_BREAK : NULL;
  case '/':
    return !markup_is_word(before) && next_is(rest, markup_is_word) ? "/" MARKUP_NO_BREAK : NULL;
  case ':': /* but not in a time of day */
    if (is_digit(before) && next_is(rest, is_digit))
      return NULL;
    return next_is(rest, markup_is_word) || (rest.size > 0 && rest.data[0] == '/')
               ? ":" MARKUP_NO_BREAK
               : NULL;
  default:
    return still(c, before, rest);
  }
}

/* "\*" for '*', from a table, as an escape is a constant string. */
static const char *back_slash(char c) {
  static const char table[] =
      "\\!\0\\\"\0\\#\0\\$\0\\%\0\\&\0\\'\0\\(\0\\)\0\\*\0\\+\0\\,\0\\-\0\\.\0"
      "\\/\0\\:\0\\;\0\\<\0\\=\0\\>\0\\?\0\\@\0\\[\0\\\\\0\\]\0\\^\0\\_\0"
      "\\`\0\\{\0\\|\0\\}\0\\~";
  for (size_t i = 0; i < sizeof table; i += 3)
    if (table[i + 1] == c)
      return table + i;
  return NULL;
}

/* Where a `.`, `-` or `+` can begin an item of a list, a heading or a rule. Of other places a
 * person reads a text more easily without back-slashes. */
static const char *item_escape(char c, char before) {
  if (c == '.')
    return is_digit(before) ? back_slash(c) : NULL;
  return markup_is_word(before) ? NULL : back_slash(c);
}

/* Spaces at the start of a line make it code. */
static const char *space_escape(char before) {
  return before && strchr(" \t\r\n", before) ? NO_BREAK_SPACE : NULL;
}

static const char *markdown_escape(char c, char before, struct text rest) {
  switch (c) {
  case ' ':
    return space_escape(before);
  case '.':
  case '-':
  case '+':
  case '=':
    return item_escape(c, before);
  case '@':
    return still(c, before, rest);
  case ':': {
    const char *link = still(c, before, rest); /* looked for in what Markdown leaves, too */
    bool plain = is_digit(before) || (rest.size > 0 && rest.data[0] == ' ');
    return link ? link : plain ? NULL : back_slash(c);
  }
  case ',':
  case ';':
  case '\'':
  case '"':
  case '/':
  case '?':
  case '%':
    return NULL;
  default:
    return back_slash(c);
  }
}

/* What a back-slash escapes there: marked's rule `escape`, without the `-`, `+` and `.` of words.
 */
static const char *mattermost_escape(char c, char before, struct text rest) {
  switch (c) {
  case ' ':
    return space_escape(before);
  case '.':
  case '-':
  case '+': {
    const char *item = item_escape(c, before);
    return item ? item : stiller(c, before, rest);
  }
  case '=': /* a line of them makes a heading of the line above */
    return markup_is_word(before) ? NULL : "=" MARKUP_NO_BREAK;
  case '#':
    return "\\#" MARKUP_NO_BREAK;
  case '~':
    return "\\~" MARKUP_NO_BREAK;
  case '!':
    return "\\!";
  case '<':
    return "<" MARKUP_NO_BREAK;
  case '&': /* entities are read */
    return "&" MARKUP_NO_BREAK;
  default:
    return strchr("\\`*_{}[]()>|$", c) ? back_slash(c) : stiller(c, before, rest);
  }
}

static const char *code_still_escape(char c, char before, struct text rest) {
  return c == '`' ? "'" : still(c, before, rest);
}

static const char *code_escape(char c, char before, struct text rest) {
  (void)before;
  (void)rest;
  return c == '`' ? "'" : NULL;
}

const char *markup_html_entity(char c) {
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\'':
    return "&#39;";
  default:
    return NULL;
  }
}

static const char *html_escape(char c, char before, struct text rest) {
  const char *entity = markup_html_entity(c);
  return entity ? entity : stiller(c, before, rest);
}

static const char *html_value_escape(char c, char before, struct text rest) {
  const char *entity = markup_html_entity(c);
  return entity ? entity : still(c, before, rest);
}

const struct markup markup_still_line = {.lines = false, .escape = still};
const struct markup markup_still_lines = {.lines = true, .escape = still};
const struct markup markup_stiller_line = {.lines = false, .escape = stiller};
const struct markup markup_stiller_lines = {.lines = true, .escape = stiller};
const struct markup markup_markdown_line = {.lines = false, .escape = markdown_escape};
const struct markup markup_markdown_lines = {.lines = true, .escape = markdown_escape};
const struct markup markup_mattermost_line = {.lines = false, .escape = mattermost_escape};
const struct markup markup_mattermost_lines = {.lines = true, .escape = mattermost_escape};
const struct markup markup_code = {.lines = false, .escape = code_escape};
const struct markup markup_code_still = {.lines = false, .escape = code_still_escape};
const struct markup markup_html_line = {.lines = false, .escape = html_escape};
const struct markup markup_html_lines = {.lines = true, .escape = html_escape};
const struct markup markup_html_value = {.lines = false, .escape = html_value_escape};
