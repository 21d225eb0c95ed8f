/* A message as one text. */
#include "alert/destination/chat/chat.h"
#include "alert/message/markup_chat.h"

enum { HEADLINE_MAX = 200, FOOTER_MAX = 300, HEADING_MAX = 200 };

size_t chat_bytes(struct text text) {
  return text.size;
}

size_t chat_json_bytes(struct text text) {
  size_t size = text.size;
  for (size_t i = 0; i < text.size; i++)
    size += text.data[i] == '"' || text.data[i] == '\\' || text.data[i] == '\n';
  return size;
}

void chat_append_more(struct buffer *out, size_t shown, size_t all) {
  if (all > shown)
    buffer_printf(out, "and %zu more", all - shown);
}

/* A line break before all but the first line. */
static void begin_line(struct buffer *out, size_t start) {
  if (out->size > start)
    buffer_append_char(out, '\n');
}

/* A paragraph stands apart. */
static void begin_paragraph(struct buffer *out, size_t start) {
  begin_line(out, start);
  begin_line(out, start);
}

static void append_value(struct buffer *out, const struct chat_style *style, struct text value,
                         size_t limit) {
  buffer_append_string(out, style->value_open);
  markup_append(out, style->value, value, limit);
  buffer_append_string(out, style->value_close);
}

static void append_strong(struct buffer *out, const struct chat_style *style, struct text words,
                          size_t limit) {
  buffer_append_string(out, style->strong_open);
  markup_append(out, style->line, words, limit);
  buffer_append_string(out, style->strong_close);
}

static void append_headline(struct buffer *out, const struct message *message,
                            const struct chat_style *style, const struct chat_detail *detail) {
  buffer_append_string(out, style->strong_open);
  chat_append_headline(out, message, style->line,
                       detail->words < HEADLINE_MAX ? detail->words : HEADLINE_MAX);
  buffer_append_string(out, style->strong_close);
}

/* `label` may be NULL. */
static void append_words(struct buffer *out, size_t start, const struct chat_style *style,
                         const char *label, struct text words, size_t limit) {
  if (words.size == 0)
    return;
  begin_paragraph(out, start);
  if (label) {
    append_strong(out, style, text_from(label), HEADING_MAX);
    buffer_append_char(out, '\n');
  }
  markup_append(out, style->lines, words, limit);
}

static void append_facts(struct buffer *out, size_t start, const struct message *message,
                         const struct chat_style *style, const struct chat_detail *detail) {
  for (size_t i = 0; i < message->fact_count; i++) {
    if (i == 0)
      begin_paragraph(out, start);
    else
      buffer_append_char(out, '\n');
    append_strong(out, style, message->facts[i].label, HEADING_MAX);
    buffer_append_char(out, ' ');
    /* A time in two zones is never cut. */
    append_value(out, style, message->facts[i].value, detail->value > 60 ? detail->value : 60);
  }
}

static void append_fields(struct buffer *out, size_t start, const struct message *message,
                          const struct chat_style *style, const struct chat_detail *detail) {
  size_t shown = message->field_count < detail->fields ? message->field_count : detail->fields;
  for (size_t i = 0; i < shown; i++) {
    if (i == 0)
      begin_paragraph(out, start);
    else
      buffer_append_char(out, '\n');
    markup_append(out, style->line, message->fields[i].label, detail->label);
    buffer_append_string(out, ": ");
    append_value(out, style, message->fields[i].value, detail->value);
  }
  if (shown < message->field_count) {
    begin_line(out, start);
    chat_append_more(out, shown, message->field_count);
  }
}

void chat_append_event(struct buffer *out, const struct alert_step_event *event,
                       const struct chat_style *style, const struct chat_detail *detail) {
  struct time_string time = {.text = ""};
  buffer_append_string(out, alert_time(event->time, &time));
  const struct text parts[] = {event->actor, event->title, event->rule_id};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (text_trim(parts[i]).size > 0) {
      buffer_append_char(out, ' ');
      append_value(out, style, text_trim(parts[i]), detail->value);
    }
}

static void append_step(struct buffer *out, size_t start, const struct alert_step *step,
                        const struct chat_style *style, const struct chat_detail *detail) {
  struct buffer heading = BUFFER_NONE;
  alert_step_append_heading(&heading, step);
  begin_line(out, start);
  append_strong(out, style, buffer_text(&heading), detail->label + detail->value);
  buffer_free(&heading);
  size_t shown = step->event_count < detail->events ? step->event_count : detail->events;
  for (size_t i = 0; i < shown; i++) {
    buffer_append_string(out, "\n\xe2\x80\xa2 "); /* U+2022, bullet */
    chat_append_event(out, &step->events[i], style, detail);
  }
  if (shown > 0 && step->count > (int64_t)shown) {
    buffer_append_char(out, '\n');
    chat_append_more(out, shown, (size_t)step->count);
  }
}

static void append_steps(struct buffer *out, size_t start, const struct message *message,
                         const struct chat_style *style, const struct chat_detail *detail) {
  size_t shown = message->step_count < detail->steps ? message->step_count : detail->steps;
  if (message->step_count > 0)
    begin_line(out, start);
  for (size_t i = 0; i < shown; i++)
    append_step(out, start, &message->steps[i], style, detail);
  if (shown < message->step_count) {
    begin_line(out, start);
    chat_append_more(out, shown, message->step_count);
    buffer_append_string(out, " steps");
  }
}

static void append_links(struct buffer *out, size_t start, const struct message *message,
                         const struct chat_style *style, const struct chat_detail *detail) {
  bool begun = false;
  for (size_t i = 0; i < message->link_count; i++) {
    const struct message_link *link = &message->links[i];
    if (!style->append_link || link->url.size > detail->link) {
      append_words(out, start, style, link->label, link->url, detail->words);
      continue;
    }
    if (begun)
      buffer_append_char(out, '\n');
    else
      begin_paragraph(out, start);
    style->append_link(out, link->label, link->url);
    begun = true;
  }
  append_words(out, start, style, "Reference", message->reference, detail->words);
}

/* Puts `line_break` in the place of every line feed from `start` on. */
static void break_lines(struct buffer *out, size_t start, const char *line_break) {
  struct buffer broken = BUFFER_NONE;
  for (size_t i = start; i < out->size; i++)
    if (out->data[i] == '\n')
      buffer_append_string(&broken, line_break);
    else
      buffer_append_char(&broken, out->data[i]);
  out->size = start;
  buffer_append_text(out, buffer_text(&broken));
  buffer_free(&broken);
}

void chat_append_parts(struct buffer *out, const struct message *message,
                       const struct chat_style *style, const struct chat_detail *detail,
                       unsigned parts) {
  size_t start = out->size;
  if (parts & CHAT_HEADLINE)
    append_headline(out, message, style, detail);
  if ((parts & CHAT_NEWS) && message->news.size > 0) {
    begin_line(out, start);
    markup_append(out, style->lines, message->news, detail->words);
  }
  if (parts & CHAT_FACTS)
    append_facts(out, start, message, style, detail);
  if (parts & CHAT_WHY)
    append_words(out, start, style, NULL, message->why, detail->words);
  if (parts & CHAT_FIELDS)
    append_fields(out, start, message, style, detail);
  if (parts & CHAT_STEPS)
    append_steps(out, start, message, style, detail);
  if (parts & CHAT_RUNBOOK)
    append_words(out, start, style, "Runbook", message->runbook, detail->words);
  if (parts & CHAT_LINKS)
    append_links(out, start, message, style, detail);
  if (parts & CHAT_FOOTER) {
    begin_paragraph(out, start);
    markup_append(out, style->line, message->footer, FOOTER_MAX);
  }
  if (style->line_break)
    break_lines(out, start, style->line_break);
}

void chat_append_fitting(struct buffer *out, const struct message *message,
                         const struct chat_style *style, unsigned parts,
                         size_t (*length)(struct text text), size_t limit) {
  size_t start = out->size;
  for (size_t i = 0; i < CHAT_DETAIL_COUNT; i++) {
    out->size = start;
    chat_append_parts(out, message, style, &chat_details[i], parts);
    struct text written = buffer_text(out);
    if (length((struct text){written.data + start, written.size - start}) <= limit)
      return;
  }
}

static void append_markdown_link(struct buffer *out, const char *label, struct text url) {
  buffer_printf(out, "[%s](%.*s)", label, TEXT_ARGS(url));
}

const struct chat_style chat_style_markdown = {
    .line = &markup_markdown_line,
    .lines = &markup_markdown_lines,
    .value = &markup_code,
    .strong_open = "**",
    .strong_close = "**",
    .value_open = "`",
    .value_close = "`",
    .append_link = append_markdown_link,
};

static void append_plain_link(struct buffer *out, const char *label, struct text url) {
  buffer_printf(out, "%s: %.*s", label, TEXT_ARGS(url));
}

const struct chat_style chat_style_plain = {
    .line = &markup_stiller_line,
    .lines = &markup_stiller_lines,
    .value = &markup_still_line, /* addresses can be copied */
    .strong_open = "",
    .strong_close = "",
    .value_open = "",
    .value_close = "",
    .append_link = append_plain_link,
};
