/*
 * Alerts as an attacker would have them: every text that may come from outside is made of what some
 * markup, terminal or parser acts on, and some are very long. Each kind of destination renders them
 * and is checked for its service's limits and for markup that is alive.
 *
 *   static void check(const struct hostile *hostile, void *context) { render, look, assert }
 *   hostile_each(check, &context);
 *
 * HOSTILE=10000 in the environment makes so many of them, instead of HOSTILE_USUAL. Alert number n
 * is always the same one.
 */
#ifndef TESTS_HOSTILE_ALERT_H
#define TESTS_HOSTILE_ALERT_H

#include "alert/alert_fixture.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "sim/random.h"

#define HOSTILE_USUAL 300
#define HOSTILE_SEED 14
#define HOSTILE_LONGEST (100 * 1024) /* bytes of a long text */

/* Where every hostile link leads. No message may link there, but for an alert's own reference. */
#define HOSTILE_HOST "evil.example"

/* One alert of hostile_each. */
struct hostile {
  size_t number; /* for messages */
  struct alert alert;
  struct message_occasion occasion;
};

static const struct text hostile_parts[] = {
    /* words, so that there is something to read */
    TEXT_INIT("homer"),
    TEXT_INIT(" turned off "),
    TEXT_INIT("the passcode "),
    TEXT_INIT(" "),
    TEXT_INIT("homer@example.com"),
    TEXT_INIT("2024-03-21"),
    TEXT_INIT("1. "),
    TEXT_INIT("\n"),
    TEXT_INIT("\r\n"),
    TEXT_INIT("\t"),
    TEXT_INIT("\n\n"),
    TEXT_INIT("a b"),
    /* Slack, Mattermost, Rocket.Chat */
    TEXT_INIT("<!channel>"),
    TEXT_INIT("<!here|x>"),
    TEXT_INIT("<@U123>"),
    TEXT_INIT("<#C1>"),
    TEXT_INIT("<https://evil.example|your bank>"),
    TEXT_INIT("<!date^1^{date}|x>"),
    TEXT_INIT("@everyone"),
    TEXT_INIT("@channel"),
    TEXT_INIT("@here"),
    TEXT_INIT("@all"),
    TEXT_INIT(":skull:"),
    TEXT_INIT("~secret-channel"),
    /* Discord */
    TEXT_INIT("<@123456789012345678>"),
    TEXT_INIT("<@&1>"),
    TEXT_INIT("<t:1:R>"),
    TEXT_INIT("<:a:1>"),
    TEXT_INIT("||hidden||"),
    TEXT_INIT("-# small"),
    TEXT_INIT("discord.gg/evil"),
    /* Markdown */
    TEXT_INIT("[your bank](https://evil.example)"),
    TEXT_INIT("![x](https://evil.example/x.png)"),
    TEXT_INIT("](https://evil.example)"),
    TEXT_INIT("[x]: https://evil.example"),
    TEXT_INIT("["),
    TEXT_INIT("]"),
    TEXT_INIT("("),
    TEXT_INIT(")"),
    TEXT_INIT("*"),
    TEXT_INIT("**bold**"),
    TEXT_INIT("_"),
    TEXT_INIT("__x__"),
    TEXT_INIT("~~x~~"),
    TEXT_INIT("`"),
    TEXT_INIT("```\n"),
    TEXT_INIT("\n# head\n"),
    TEXT_INIT("\n> quote"),
    TEXT_INIT("\n- item"),
    TEXT_INIT("\n| a | b |\n|---|"),
    TEXT_INIT("\\"),
    TEXT_INIT("\\*"),
    TEXT_INIT("\n---\n"),
    TEXT_INIT("\n    code"),
    TEXT_INIT("$x^2$"),
    TEXT_INIT("<https://evil.example>"),
    TEXT_INIT("https://evil.example/a_b_c?d=e&f"),
    TEXT_INIT("http://evil.example"),
    TEXT_INIT("www.evil.example"),
    TEXT_INIT("mailto:x@evil.example"),
    TEXT_INIT("evil.com"),
    TEXT_INIT("tg://user?id=1"),
    TEXT_INIT("@homer_simpson"),
    TEXT_INIT("/start"),
    TEXT_INIT("#incident"),
    TEXT_INIT("@room"),
    TEXT_INIT("@homer:evil.example"),
    TEXT_INIT("!1-2-3"),
    /* HTML */
    TEXT_INIT("<b>"),
    TEXT_INIT("</b>"),
    TEXT_INIT("<a href=\"https://evil.example\">bank</a>"),
    TEXT_INIT("<script>alert(1)</script>"),
    TEXT_INIT("<img src=x onerror=alert(1)>"),
    TEXT_INIT("<at>homer</at>"),
    TEXT_INIT("<users/all>"),
    TEXT_INIT("<@personEmail:x@evil.example|x>"),
    TEXT_INIT("<@all>"),
    TEXT_INIT("&lt;"),
    TEXT_INIT("&amp;"),
    TEXT_INIT("&#60;"),
    TEXT_INIT("&"),
    TEXT_INIT("<"),
    TEXT_INIT(">"),
    TEXT_INIT("'"),
    TEXT_INIT("\""),
    TEXT_INIT("-->"),
    TEXT_INIT("]]>"),
    TEXT_INIT("<br>"),
    /* cards, templates, shells, formats */
    TEXT_INIT("{{DATE(2024-03-21T07:09:03Z,SHORT)}}"),
    TEXT_INIT("${secret}"),
    TEXT_INIT("{{7*7}}"),
    TEXT_INIT("$(id)"),
    TEXT_INIT("`id`"),
    TEXT_INIT("%s%n"),
    TEXT_INIT("javascript:alert(1)"),
    TEXT_INIT("{code}"),
    TEXT_INIT("{color:red}x{color}"),
    TEXT_INIT("[~homer]"),
    TEXT_INIT("h1. x"),
    /* mail, headers, syslog, CEF */
    TEXT_INIT("\r\nBcc: x@evil.example\r\n"),
    TEXT_INIT("\n.\n"),
    TEXT_INIT("=?utf-8?q?x?="),
    TEXT_INIT("|"),
    TEXT_INIT("="),
    TEXT_INIT("a=b|c"),
    TEXT_INIT("<14>1 "),
    TEXT_INIT("[a b=\"c\"]"),
    TEXT_INIT(";"),
    TEXT_INIT(","),
    /* what terminals and eyes act on */
    TEXT_INIT("\x1b[31m"),
    TEXT_INIT("\x1b]8;;https://evil.example\x07x"),
    TEXT_INIT("\0"),
    TEXT_INIT("\x07"),
    TEXT_INIT("\x7f"),
    TEXT_INIT("\xc2\x9b"),
    TEXT_INIT("\xe2\x80\xae"),
    TEXT_INIT("\xe2\x80\xac"),
    TEXT_INIT("\xe2\x81\xa6"),
    TEXT_INIT("\xe2\x80\x8b"),
    TEXT_INIT("\xe2\x80\xa8"),
    TEXT_INIT("\xef\xbb\xbf"),
    TEXT_INIT("\xf3\xa0\x81\x81"),
    TEXT_INIT("\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85"),
    /* emoji, letters of every size */
    TEXT_INIT("\xf0\x9f\x94\xb4"),
    TEXT_INIT("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"),
    TEXT_INIT("\xc3\xa4"),
    TEXT_INIT("\xe6\xbc\xa2"),
    TEXT_INIT("e\xcc\x81"),
    TEXT_INIT("\xef\xbc\xa0\x65veryone"),
    /* malformed UTF-8 */
    TEXT_INIT("\xff"),
    TEXT_INIT("\xc3"),
    TEXT_INIT("\xed\xa0\x80"),
    TEXT_INIT("\xf0\x9f\x94"),
    TEXT_INIT("\xc0\x80"),
};

/* A text of some parts. One of two hundred is very long: some parts again and again. */
static inline struct text hostile_text(struct random *random, struct arena *arena) {
  enum { PARTS = sizeof hostile_parts / sizeof hostile_parts[0], FEW = 6, MANY = 60, LONG = 8 };
  struct buffer out = BUFFER_NONE;
  bool is_long = random_below(random, 200) == 0;
  uint32_t count = is_long ? 1 + random_below(random, LONG)
                           : random_below(random, random_below(random, 8) ? FEW : MANY);
  for (uint32_t i = 0; i < count; i++)
    buffer_append_text(&out, hostile_parts[random_below(random, PARTS)]);
  size_t once = out.size;
  while (is_long && once > 0 && out.size < HOSTILE_LONGEST) {
    buffer_reserve(&out, once);
    buffer_append(&out, out.data, once);
  }
  struct text text = arena_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

/* `"key":` of hostile bytes. Keys are mostly different ones: of equal ones the last value is kept.
 */
static inline void hostile_append_key(struct buffer *out, struct random *random, uint32_t number,
                                      struct arena *arena) {
  struct buffer key = BUFFER_NONE;
  buffer_printf(&key, "%u", number);
  buffer_append_text(&key, hostile_text(random, arena));
  buffer_append_json_string(out, buffer_text(&key));
  buffer_append_char(out, ':');
  buffer_free(&key);
}

static inline void hostile_append_object(struct buffer *out, struct random *random, int depth,
                                         struct arena *arena) {
  static const char *const others[] = {"null",  "true", "-0.0", "18446744073709551616",
                                       "1e400", "[]"};
  uint32_t count = random_below(random, 12);
  buffer_append_char(out, '{');
  for (uint32_t i = 0; i < count; i++) {
    buffer_append_string(out, i ? "," : "");
    hostile_append_key(out, random, i, arena);
    if (depth > 0 && random_below(random, 6) == 0)
      hostile_append_object(out, random, depth - 1, arena);
    else if (random_below(random, 6) == 0)
      buffer_append_string(out, others[random_below(random, sizeof others / sizeof *others)]);
    else
      buffer_append_json_string(out, hostile_text(random, arena));
  }
  buffer_append_char(out, '}');
}

static inline struct text hostile_object(struct random *random, struct arena *arena) {
  struct buffer out = BUFFER_NONE;
  hostile_append_object(&out, random, 2, arena);
  struct text text = arena_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

/* What a correlation's event holds (alert/message/alert_steps.h). */
static inline struct text hostile_steps(struct random *random, struct arena *arena) {
  struct buffer out = BUFFER_NONE;
  uint32_t steps = random_below(random, 15);
  buffer_append_string(&out, "{\"steps\":{");
  for (uint32_t i = 0; i < steps; i++) {
    buffer_append_string(&out, i ? "," : "");
    hostile_append_key(&out, random, i, arena);
    uint32_t count = random_below(random, 12);
    buffer_printf(&out, "{\"count\":%u,\"events\":[", count);
    for (uint32_t k = 0; k < count; k++) {
      static const char *const keys[] = {"rule_id", "title", "actor"};
      buffer_append_string(&out, k ? ",{" : "{");
      for (size_t j = 0; j < sizeof keys / sizeof *keys; j++) {
        buffer_printf(&out, "\"%s\":", keys[j]);
        buffer_append_json_string(&out, hostile_text(random, arena));
        buffer_append_char(&out, ',');
      }
      buffer_append_string(&out, "\"p_event_time\":\"2024-03-21T07:00:00Z\"}");
    }
    buffer_append_string(&out, "]}");
  }
  buffer_append_string(&out, "}}");
  struct text text = arena_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

static inline struct text hostile_array(struct random *random, struct arena *arena) {
  struct buffer out = BUFFER_NONE;
  uint32_t count = random_below(random, 6);
  buffer_append_char(&out, '[');
  for (uint32_t i = 0; i < count; i++) {
    buffer_append_string(&out, i ? "," : "");
    buffer_append_json_string(&out, hostile_text(random, arena));
  }
  buffer_append_char(&out, ']');
  struct text text = arena_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

/* As the store gives them: {"operator":{"homer":3}}. */
static inline struct text hostile_attributes(struct random *random, struct arena *arena) {
  struct buffer out = BUFFER_NONE;
  uint32_t names = random_below(random, 4);
  buffer_append_char(&out, '{');
  for (uint32_t i = 0; i < names; i++) {
    buffer_append_string(&out, i ? "," : "");
    hostile_append_key(&out, random, i, arena);
    buffer_append_char(&out, '{');
    for (uint32_t k = 0; k < 3; k++) {
      buffer_append_string(&out, k ? "," : "");
      hostile_append_key(&out, random, k, arena);
      buffer_append_char(&out, '1');
    }
    buffer_append_char(&out, '}');
  }
  buffer_append_char(&out, '}');
  struct text text = arena_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

/* A text that is no link, or a URL to docs.example with hostile characters in it, or a long one. */
static inline struct text hostile_reference(struct random *random, struct arena *arena) {
  static const char *const urls[] = {"https://docs.example/a|b>c<d\"e'f`g)h]i\\j*k_l~m?a=1&b=2#x",
                                     "https://docs.example/{x}^(y)[z]",
                                     "HTTP://docs.example/@everyone/\xc3\xa4"};
  uint32_t which = random_below(random, 6);
  if (which < sizeof urls / sizeof *urls)
    return arena_copy(arena, text_from(urls[which]));
  struct buffer out = BUFFER_NONE;
  if (which > 3) {
    buffer_append_string(&out, "see ");
    buffer_append_text(&out, hostile_text(random, arena));
    struct text words = arena_copy(arena, buffer_text(&out));
    buffer_free(&out);
    return words;
  }
  uint32_t size = 1 + random_below(random, 6000);
  buffer_append_string(&out, "https://docs.example/");
  for (uint32_t i = 0; i < size; i++)
    buffer_append_char(&out, "a&)("[random_below(random, 4)]);
  struct text text = arena_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

static inline void hostile_alert(struct random *random, struct arena *arena, struct alert *alert) {
  *alert = alert_sample();
  struct text *const texts[] = {&alert->rule_id,   &alert->display_name, &alert->log_type,
                                &alert->source_id, &alert->source_label, &alert->dedup,
                                &alert->title,     &alert->description,  &alert->runbook,
                                &alert->actor,     &alert->assignee};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = hostile_text(random, arena);
  alert->type = (enum alert_type)random_below(random, ALERT_TYPE_COUNT);
  alert->severity = (enum severity)random_below(random, SEVERITY_COUNT);
  alert->state = (enum alert_state)random_below(random, ALERT_STATE_COUNT);
  if (alert->state == ALERT_RESOLVED)
    alert->resolution = (enum alert_resolution)random_below(random, ALERT_RESOLUTION_COUNT);
  alert->reference = hostile_reference(random, arena);
  alert->tags = hostile_array(random, arena);
  alert->context = hostile_object(random, arena);
  alert->attributes = hostile_attributes(random, arena);
  alert->sums_up = random_below(random, 2) == 0;
  alert->event = hostile_object(random, arena);
  if (random_below(random, 4) == 0) {
    alert->log_type = TEXT(ALERT_CORRELATION_LOG_TYPE);
    alert->event = hostile_steps(random, arena);
  }
  if (random_below(random, 20) == 0) /* a damaged store */
    alert->event = alert->context = alert->tags = hostile_text(random, arena);
  if (random_below(random, 20) == 0)
    alert->first_event_time = alert->created_at = TIME_NONE;
  alert->match_count = random_below(random, 2000);
}

static inline void hostile_occasion(struct random *random, struct arena *arena,
                                    struct message_occasion *occasion) {
  *occasion =
      (struct message_occasion){(enum alert_occasion)random_below(random, ALERT_OCCASION_COUNT),
                                hostile_text(random, arena), hostile_text(random, arena), NULL};
}

static inline void hostile_each(void (*check)(const struct hostile *hostile, void *context),
                                void *context) {
  const char *wanted = getenv("HOSTILE");
  size_t count = wanted ? strtoul(wanted, NULL, 10) : HOSTILE_USUAL;
  struct arena arena = ARENA_NONE;
  for (size_t i = 0; i < count; i++) {
    struct random random = random_of(HOSTILE_SEED, i);
    struct hostile hostile = {.number = i};
    hostile_alert(&random, &arena, &hostile.alert);
    hostile_occasion(&random, &arena, &hostile.occasion);
    check(&hostile, context);
    arena_reset(&arena);
  }
  arena_free(&arena);
}

/* Every string in a JSON value, one after the other, keys left out. */
static inline void hostile_each_string(json_t *json, void (*see)(struct text string, void *context),
                                       void *context) {
  const char *key;
  json_t *value;
  size_t index;
  if (json_is_string(json))
    see((struct text){json_string_value(json), json_string_length(json)}, context);
  json_object_foreach(json, key, value) {
    hostile_each_string(value, see, context);
  }
  json_array_foreach(json, index, value) {
    hostile_each_string(value, see, context);
  }
}

/* Fails for what no message may hold, whatever its markup: bytes that are not UTF-8, and
 * characters that nobody sees or that move what one sees, but for line breaks and margay's own word
 * joiner (markup.h). */
static inline void hostile_assert_visible(struct text text, size_t number) {
  for (size_t at = 0; at < text.size;) {
    uint32_t code = 0;
    size_t taken = utf8_read(text.data + at, text.size - at, &code);
    if (taken == 0 || (utf8_is_hidden(code) && code != '\n' && code != 0x2060))
      fail_msg("alert %zu: byte %zu of this is U+%04X: %.*s", number, at, (unsigned)code,
               TEXT_ARGS(text_cut(text, 2000)));
    at += taken;
  }
}

#endif
