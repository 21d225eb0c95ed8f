#include "alert/destination/email_message.h"

#include "alert/message/markup.h"
#include "base/digest.h"
#include "base/utf8.h"

#include <ctype.h>
#include <time.h>

enum {
  WORD_BYTES = 45, /* of text in an encoded word: 60 characters of base64, 72 in all, of 75 */
  LINE_BYTES = 57, /* of a part in a line: 76 characters of base64 (RFC 2045 6.8) */
  ADDRESS_MAX = 254,
};

static const char *escape_html(char c, char before, struct text rest) {
  (void)before, (void)rest;
  return markup_html_entity(c);
}

static const struct markup plain_lines = {.lines = true};
static const struct markup html_lines = {.lines = true, .escape = escape_html};

bool email_is_address(struct text address) {
  size_t ats = 0;
  for (size_t i = 0; i < address.size; i++) {
    unsigned char c = (unsigned char)address.data[i];
    if (c <= 0x20 || c >= 0x7f || strchr("\"(),:;<>[\\]", c))
      return false;
    ats += c == '@';
  }
  return ats == 1 && address.size <= ADDRESS_MAX && address.data[0] != '@' &&
         address.data[address.size - 1] != '@';
}

/* ---- headers ----------------------------------------------------------------------------- */

static struct text domain_of(struct text address) {
  const char *at = memchr(address.data, '@', address.size);
  return (struct text){at + 1, (size_t)(address.data + address.size - at) - 1};
}

static bool is_plain(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if ((unsigned char)text.data[i] < 0x20 || (unsigned char)text.data[i] >= 0x7f)
      return false;
  return !text_contains(text, TEXT("=?")) && text.size <= 60;
}

/* RFC 2047: words of base64, each of whole characters, a line each. */
static void append_words(struct buffer *out, struct text text) {
  if (is_plain(text)) {
    buffer_append_text(out, text);
    return;
  }
  for (size_t at = 0; at < text.size;) {
    size_t size = 0;
    while (at + size < text.size) {
      uint32_t code;
      size_t taken = utf8_read(text.data + at + size, text.size - at - size, &code);
      taken = taken ? taken : 1;
      if (size + taken > WORD_BYTES)
        break;
      size += taken;
    }
    buffer_append_string(out, at > 0 ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
    base64_encode(text.data + at, size, out);
    buffer_append_string(out, "?=");
    at += size;
  }
}

/* An id of letters and digits, whatever it is made of. */
static void append_id(struct buffer *out, struct text id) {
  for (size_t i = 0; i < id.size && i < 64; i++)
    if (isalnum((unsigned char)id.data[i]))
      buffer_append_char(out, id.data[i]);
}

static void append_message_id(struct buffer *out, const struct email *email, struct text key) {
  struct text domain = domain_of(email->from);
  buffer_append_char(out, '<');
  append_id(out, email->alert_id);
  if (key.size > 0)
    buffer_append_char(out, '.');
  append_id(out, key);
  buffer_printf(out, ".margay@%.*s>\r\n", TEXT_ARGS(domain));
}

static void append_date(struct buffer *out, time_us now) {
  static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  time_t seconds = now / US_PER_SECOND;
  struct tm parts;
  gmtime_r(&seconds, &parts);
  buffer_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[parts.tm_wday],
                parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                parts.tm_min, parts.tm_sec);
}

static void append_headers(struct buffer *out, const struct email *email, const char *boundary) {
  const struct message *message = email->message;
  struct buffer subject = BUFFER_NONE;
  bool is_update = email->key.size > 0;
  buffer_printf(&subject, "%s%s: ", is_update ? "Re: " : "", severity_name(message->severity));
  markup_append(&subject, &markup_line, message->headline, EMAIL_SUBJECT_MAX);
  append_date(out, email->now);
  buffer_printf(out, "From: margay <%.*s>\r\nTo: ", TEXT_ARGS(email->from));
  for (size_t i = 0; i < email->to_count; i++)
    buffer_printf(out, "%s%.*s", i > 0 ? ",\r\n " : "", TEXT_ARGS(email->to[i]));
  buffer_append_string(out, "\r\nSubject: ");
  append_words(out, buffer_text(&subject));
  buffer_append_string(out, "\r\nMessage-ID: ");
  append_message_id(out, email, email->key);
  if (is_update) {
    buffer_append_string(out, "In-Reply-To: ");
    append_message_id(out, email, TEXT(""));
    buffer_append_string(out, "References: ");
    append_message_id(out, email, TEXT(""));
  }
  /* RFC 3834 5: nobody's absence is reported to margay. */
  buffer_printf(out,
                "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n",
                boundary);
  buffer_free(&subject);
}

/* ---- the text part ----------------------------------------------------------------------- */

static void add_block(struct buffer *out, const char *label, struct text words) {
  if (words.size == 0)
    return;
  if (label)
    buffer_printf(out, "%s\n", label);
  markup_append(out, &plain_lines, words, EMAIL_TEXT_MAX);
  buffer_append_string(out, "\n\n");
}

static void add_lines(struct buffer *out, const struct alert_field *fields, size_t count) {
  for (size_t i = 0; i < count; i++) {
    markup_append(out, &markup_line, fields[i].label, EMAIL_SUBJECT_MAX);
    buffer_append_string(out, ": ");
    markup_append(out, &markup_line, fields[i].value, EMAIL_TEXT_MAX);
    buffer_append_char(out, '\n');
  }
  if (count > 0)
    buffer_append_char(out, '\n');
}

static void add_step(struct buffer *out, const struct alert_step *step,
                     const struct markup *markup) {
  struct buffer heading = BUFFER_NONE;
  struct time_string time;
  alert_step_append_heading(&heading, step);
  markup_append(out, markup, buffer_text(&heading), EMAIL_SUBJECT_MAX);
  buffer_append_char(out, '\n');
  for (size_t i = 0; i < step->event_count; i++) {
    buffer_printf(out, "  %s ", alert_time(step->events[i].time, &time));
    markup_append(out, markup, step->events[i].actor, EMAIL_SUBJECT_MAX);
    buffer_append_char(out, ' ');
    markup_append(out, markup, step->events[i].title, EMAIL_SUBJECT_MAX);
    buffer_append_char(out, '\n');
  }
  buffer_free(&heading);
}

static void write_text(struct buffer *out, const struct message *message) {
  buffer_printf(out, "%s: ", severity_name(message->severity));
  markup_append(out, &markup_line, message->headline, EMAIL_TEXT_MAX);
  buffer_append_string(out, "\n\n");
  add_block(out, NULL, message->news);
  add_lines(out, message->facts, message->fact_count);
  add_block(out, NULL, message->why);
  add_lines(out, message->fields, message->field_count);
  for (size_t i = 0; i < message->step_count; i++)
    add_step(out, &message->steps[i], &markup_line);
  add_block(out, "What to do", message->runbook);
  for (size_t i = 0; i < message->link_count; i++)
    buffer_printf(out, "%s: %.*s\n", message->links[i].label, TEXT_ARGS(message->links[i].url));
  add_block(out, "Reference", message->reference);
  buffer_append_string(out, "--\n");
  markup_append(out, &markup_line, message->footer, EMAIL_TEXT_MAX);
  buffer_append_char(out, '\n');
}

/* ---- the HTML part ----------------------------------------------------------------------- */

static const char *const colours[SEVERITY_COUNT] = {
    [SEVERITY_INFO] = "#57606a", [SEVERITY_LOW] = "#0969da",      [SEVERITY_MEDIUM] = "#9a6700",
    [SEVERITY_HIGH] = "#bc4c00", [SEVERITY_CRITICAL] = "#cf222e",
};

static void html_block(struct buffer *out, const char *label, struct text words) {
  if (words.size == 0)
    return;
  if (label)
    buffer_printf(out, "<h3>%s</h3>\n", label);
  buffer_append_string(out, "<p style=\"white-space:pre-wrap\">");
  markup_append(out, &html_lines, words, EMAIL_TEXT_MAX);
  buffer_append_string(out, "</p>\n");
}

static void html_fields(struct buffer *out, const struct alert_field *fields, size_t count) {
  if (count > 0)
    buffer_append_string(out, "<table cellpadding=\"4\">\n");
  for (size_t i = 0; i < count; i++) {
    buffer_append_string(out, "<tr><th align=\"left\" valign=\"top\">");
    markup_append(out, &html_lines, fields[i].label, EMAIL_SUBJECT_MAX);
    buffer_append_string(out, "</th><td>");
    markup_append(out, &html_lines, fields[i].value, EMAIL_TEXT_MAX);
    buffer_append_string(out, "</td></tr>\n");
  }
  if (count > 0)
    buffer_append_string(out, "</table>\n");
}

static void html_links(struct buffer *out, const struct message *message) {
  for (size_t i = 0; i < message->link_count; i++) {
    buffer_append_string(out, "<p><a href=\"");
    markup_append(out, &html_lines, message->links[i].url, EMAIL_TEXT_MAX);
    buffer_printf(out, "\">%s</a></p>\n", message->links[i].label);
  }
}

static void write_html(struct buffer *out, const struct message *message) {
  buffer_printf(out,
                "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n"
                "<h2><span style=\"color:%s\">%s</span> ",
                colours[message->severity], severity_name(message->severity));
  markup_append(out, &html_lines, message->headline, EMAIL_TEXT_MAX);
  buffer_append_string(out, "</h2>\n");
  html_block(out, NULL, message->news);
  html_fields(out, message->facts, message->fact_count);
  html_block(out, NULL, message->why);
  html_fields(out, message->fields, message->field_count);
  for (size_t i = 0; i < message->step_count; i++) {
    buffer_append_string(out, "<pre>");
    add_step(out, &message->steps[i], &html_lines);
    buffer_append_string(out, "</pre>\n");
  }
  html_block(out, "What to do", message->runbook);
  html_links(out, message);
  html_block(out, "Reference", message->reference);
  buffer_append_string(out, "<hr><p><small>");
  markup_append(out, &html_lines, message->footer, EMAIL_TEXT_MAX);
  buffer_append_string(out, "</small></p>\n</body></html>\n");
}

/* ---- the whole --------------------------------------------------------------------------- */

static void append_part(struct buffer *out, const char *boundary, const char *type,
                        const struct buffer *content) {
  buffer_printf(out,
                "--%s\r\nContent-Type: %s; charset=utf-8\r\n"
                "Content-Transfer-Encoding: base64\r\n\r\n",
                boundary, type);
  for (size_t at = 0; at < content->size; at += LINE_BYTES) {
    size_t left = content->size - at;
    base64_encode(content->data + at, left < LINE_BYTES ? left : LINE_BYTES, out);
    buffer_append_string(out, "\r\n");
  }
}

void email_append(struct buffer *out, const struct email *email) {
  /* Base64 has no '=' within a line, and no line of it begins with "--". */
  static const char boundary[] = "=_margay_part";
  struct buffer part = BUFFER_NONE;
  append_headers(out, email, boundary);
  write_text(&part, email->message);
  append_part(out, boundary, "text/plain", &part);
  buffer_reset(&part);
  write_html(&part, email->message);
  append_part(out, boundary, "text/html", &part);
  buffer_printf(out, "--%s--\r\n", boundary);
  buffer_free(&part);
}
