#include "detect/stateful/question_answer.h"

#include "base/json_member.h"

#include <math.h>

/* ---- JSON ---- */

static void put_count(struct buffer *json, const char *key, int64_t count) {
  json_member_name(json, text_from(key));
  buffer_printf(json, "%lld", (long long)count);
}

static void put_values(struct buffer *json, const char *key, const struct question_answer *answer) {
  json_member_name(json, text_from(key));
  buffer_append_char(json, '[');
  for (size_t i = 0; i < answer->value_count; i++) {
    if (i)
      buffer_append_char(json, ',');
    buffer_append_json_string(json, answer->values[i]);
  }
  buffer_append_char(json, ']');
}

static void put_hours(struct buffer *json, const char *key, uint32_t hours) {
  json_member_name(json, text_from(key));
  buffer_append_char(json, '[');
  for (int i = 0, count = 0; i < 24; i++)
    if (hours >> i & 1)
      buffer_printf(json, "%s%d", count++ ? "," : "", i);
  buffer_append_char(json, ']');
}

void question_answer_write(const struct question_answer *answer, struct buffer *json) {
  buffer_append_char(json, '{');
  json_member_text(json, "question", text_from(question_kind_names[answer->question->kind]));
  json_member_text(json, "per", answer->key.shown);
  if (answer->question->of.count)
    json_member_text(json, "value", answer->value);
  switch (answer->question->kind) {
  case QUESTION_NEW_VALUE:
    put_count(json, "count", answer->count);
    put_values(json, "known", answer);
    json_member_time(json, "since", answer->since);
    break;
  case QUESTION_RATE:
    put_count(json, "count", answer->count);
    break;
  case QUESTION_DISTINCT:
    put_count(json, "count", answer->count);
    put_values(json, "values", answer);
    break;
  case QUESTION_DORMANT:
    json_member_time(json, "last", answer->since);
    if (answer->since != TIME_NONE)
      put_count(json, "days", (answer->time - answer->since) / US_PER_DAY);
    break;
  case QUESTION_UNUSUAL_HOUR:
    put_count(json, "hour", answer->hour);
    put_hours(json, "usual", answer->hours);
    json_member_time(json, "since", answer->since);
    break;
  case QUESTION_TRAVEL:
    put_count(json, "kilometres", answer->kilometres);
    json_member_time(json, "last", answer->since);
    break;
  default:
    put_count(json, "count", answer->count);
    json_member_name(json, TEXT("usual"));
    buffer_append_json_number(json, round(answer->usual * 10) / 10); /* people read it */
    json_member_time(json, "since", answer->since);
  }
  buffer_append_char(json, '}');
}

/* ---- words ---- */

static const char *ordinal_ending(int64_t number) {
  static const char *const endings[] = {"th", "st", "nd", "rd"};
  int64_t last = number % 10, tens = number / 10 % 10;
  return tens == 1 || last > 3 ? endings[0] : endings[last];
}

static void say_whose(const struct question_answer *answer, struct buffer *out) {
  if (answer->key.shown.size)
    buffer_printf(out, "%.*s", TEXT_ARGS(answer->key.shown));
  else
    buffer_append_string(out, "the organisation");
}

static void say_values(const char *what, const struct question_answer *answer, struct buffer *out) {
  for (size_t i = 0; i < answer->value_count; i++)
    buffer_printf(out, "%s%.*s", i ? ", " : what, TEXT_ARGS(answer->values[i]));
  if (answer->value_count == QUESTION_SHOWN_MAX)
    buffer_append_string(out, ", …");
}

/* Why nothing is unusual yet; false when that is not so. */
static bool say_learning(const struct question_answer *answer, struct buffer *out) {
  struct time_string time;
  if (!answer->learning)
    return false;
  if (answer->since == TIME_NONE) {
    buffer_append_string(out, "seen for the first time: ");
    say_whose(answer, out);
    buffer_append_string(out, " is only learned");
    return true;
  }
  buffer_append_string(out, "still learning ");
  say_whose(answer, out);
  buffer_printf(out, ", for %s", duration_words(answer->question->learn, &time));
  buffer_printf(out, " from %s on", time_format(answer->since, &time));
  return true;
}

static void say_new_value(const struct question_answer *answer, struct buffer *out) {
  if (answer->is_full) {
    say_whose(answer, out);
    buffer_append_string(out, " has too many values: further ones are not kept");
  } else if (answer->never_new) {
    buffer_printf(out, "%.*s is never new, as the rule says", TEXT_ARGS(answer->value));
  } else if (answer->yes) {
    buffer_printf(out, "%.*s is the %lld%s value of ", TEXT_ARGS(answer->value),
                  (long long)answer->count + 1, ordinal_ending(answer->count + 1));
    say_whose(answer, out);
    say_values("; known: ", answer, out);
  } else if (!say_learning(answer, out)) {
    buffer_printf(out, "%.*s is a known value of ", TEXT_ARGS(answer->value));
    say_whose(answer, out);
    say_values("; others: ", answer, out);
  }
}

static void say_dormant(const struct question_answer *answer, struct buffer *out) {
  struct time_string time;
  say_whose(answer, out);
  if (answer->since == TIME_NONE) {
    buffer_append_string(out, " was not seen before");
    return;
  }
  buffer_printf(out, " was seen last %s ago", duration_words(answer->time - answer->since, &time));
  buffer_printf(out, ", at %s", time_format(answer->since, &time));
}

static void say_hours(const struct question_answer *answer, struct buffer *out) {
  buffer_printf(out, "%02d:00 is %s hour of ", answer->hour,
                answer->yes ? "an unusual" : "a usual");
  say_whose(answer, out);
  buffer_append_string(out, "; usual:");
  for (int i = 0; i < 24; i++)
    if (answer->hours >> i & 1)
      buffer_printf(out, " %02d", i);
}

static void say_count(const struct question_answer *answer, const char *what, struct buffer *out) {
  struct time_string time;
  buffer_printf(out, "%lld %s%s of ", (long long)answer->count, what,
                answer->count == 1 ? "" : "s");
  say_whose(answer, out);
  buffer_printf(out, " within %s", duration_words(answer->question->within, &time));
}

static void say_travel(const struct question_answer *answer, struct buffer *out) {
  struct time_string time;
  say_whose(answer, out);
  if (answer->since == TIME_NONE) {
    buffer_append_string(out, " was nowhere before");
    return;
  }
  buffer_printf(out, " came %lld km", (long long)answer->kilometres);
  int64_t span = answer->time - answer->since;
  buffer_printf(out, " in %s", duration_words(span < 0 ? -span : span, &time));
  buffer_printf(out, ", from where they were at %s", time_format(answer->since, &time));
}

void question_answer_say(const struct question_answer *answer, struct buffer *out) {
  switch (answer->question->kind) {
  case QUESTION_NEW_VALUE:
    say_new_value(answer, out);
    break;
  case QUESTION_RATE:
    say_count(answer, "event", out);
    break;
  case QUESTION_DISTINCT:
    say_count(answer, "value", out);
    say_values(": ", answer, out);
    break;
  case QUESTION_DORMANT:
    say_dormant(answer, out);
    break;
  case QUESTION_UNUSUAL_HOUR:
    if (!say_learning(answer, out))
      say_hours(answer, out);
    break;
  case QUESTION_TRAVEL:
    say_travel(answer, out);
    break;
  default:
    if (say_learning(answer, out))
      return;
    say_count(answer, "event", out);
    buffer_printf(out, ", usually %.1f", answer->usual);
  }
}
