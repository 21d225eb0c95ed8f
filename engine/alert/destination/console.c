/*
 * An alert as a person wants to read it, in the delivery's stream:
 *
 *   2024-03-21 07:09:03 UTC  HIGH      Passcode turned off for group Springfield
 *                                      homer@example.com, Zoom.PasscodeDisabled, 1 match
 */
#include "alert/destination/destination.h"
#include "alert/message/alert_json.h"
#include "alert/message/alert_steps.h"
#include "alert/message/markup.h"
#include "alert/message/summary.h"

enum { TITLE_MAX = 300, DETAIL_MAX = 120 };

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };
enum format { FORMAT_TEXT, FORMAT_JSON };
static const char *const colour_names[] = {"auto", "always", "never", NULL};
static const char *const format_names[] = {"text", "json", NULL};

struct console_options {
  int colour, format;
};

static const struct setting settings[] = {
    {.key = "format",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct console_options, format),
     .fallback = "text",
     .choices = format_names,
     .help = "`text` for people, `json` for programs (one object per line)"},
    {.key = "colour",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct console_options, colour),
     .fallback = "auto",
     .choices = colour_names,
     .help = "`auto` (only on a terminal, and not with `NO_COLOR`), `always` or `never`"},
};

/* As wide as time and severity. */
#define INDENT "                                   "

static void append_detail(struct buffer *out, struct text value, bool *first) {
  value = text_trim(value);
  if (value.size == 0)
    return;
  buffer_append_string(out, *first ? INDENT : ", ");
  *first = false;
  markup_append(out, &markup_line, value, DETAIL_MAX);
}

/* Why it is printed again. */
static void append_news(struct buffer *out, const struct alert *alert,
                        const struct message_occasion *occasion) {
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, NULL, occasion, &arena);
  if (message.news.size > 0) {
    buffer_append_string(out, INDENT);
    markup_append(out, &markup_line, message.news, TITLE_MAX);
    buffer_append_char(out, '\n');
  }
  arena_free(&arena);
}

static void render_text(struct buffer *out, const struct alert *alert,
                        const struct message_occasion *occasion, bool colours) {
  struct time_string time = {.text = ""};
  struct count_string count = {.text = ""};
  buffer_printf(out, "%-23s  ", alert_time(alert->first_event_time, &time));
  if (colours)
    buffer_printf(out, "\x1b[%sm", severity_colour(alert->severity));
  buffer_printf(out, "%s", severity_name(alert->severity));
  if (colours)
    buffer_append_string(out, "\x1b[0m");
  buffer_printf(out, "%*s", (int)(10 - strlen(severity_name(alert->severity))), "");
  buffer_append_string(out, alert_type_words(alert->type));
  markup_append(out, &markup_line, alert_headline(alert), TITLE_MAX);
  buffer_append_char(out, '\n');
  append_news(out, alert, occasion);

  bool first = true;
  append_detail(out, alert->actor, &first);
  append_detail(out, alert->rule_id, &first);
  append_detail(out, text_from(alert_count(alert, &count)), &first);
  buffer_append_char(out, '\n');
  alert_steps_append_lines(out, alert, INDENT, ALERT_STEP_EVENTS_SHOWN);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  (void)error;
  const struct console_options *options = destination->options;
  request->transport = DELIVERY_PRINT;
  if (options->format == FORMAT_JSON) {
    struct buffer json = BUFFER_NONE;
    alert_json_append_sent(&json, alert, &attempt->occasion);
    buffer_append_json_ascii(&request->body, buffer_text(&json));
    buffer_append_char(&request->body, '\n');
    buffer_free(&json);
    return true;
  }
  bool colours =
      options->colour == COLOUR_ALWAYS || (options->colour == COLOUR_AUTO && attempt->terminal);
  render_text(&request->body, alert, &attempt->occasion, colours);
  return true;
}

const struct destination_type destination_console = {
    .kind = {.name = "console",
             .help = "lines on standard output",
             .settings = SETTINGS(settings, struct console_options)},
    .render = render,
};
