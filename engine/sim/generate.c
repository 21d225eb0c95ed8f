#include "sim/generate.h"

#include "sim/generate_words.h"

#include <stdlib.h>

/* Operators are a few people, most of what they do done by even fewer. */
#define OPERATORS 9

void generator_start(struct generator *generator, const struct generate_options *options) {
  *generator = (struct generator){.options = *options, .random = {options->seed}, .day = INT64_MIN};
  generator->options.start -= options->start % US_PER_SECOND;
}

void generator_free(struct generator *generator) {
  buffer_free(&generator->detail);
}

/* The next record's time: its place in the span, moved by less than the distance to the next. */
static time_us next_time(struct generator *generator) {
  const struct generate_options *options = &generator->options;
  int64_t span = (options->end - options->start) / US_PER_SECOND;
  double step = (double)span / (double)(options->count ? options->count : 1);
  double place = ((double)generator->made + (double)random_below(&generator->random, 1000) / 1000);
  int64_t second = (int64_t)(place * step);
  if (generator->made + 1 >= options->count || second > span)
    second = span;
  generator->made++;
  return options->start + second * US_PER_SECOND;
}

/* "2024-03-21T07:09:03Z"; the day is formatted once, as there are many records a day. */
static void append_time(struct generator *generator, struct buffer *out, time_us time) {
  int64_t seconds = time / US_PER_SECOND, day = seconds / 86400;
  if (day != generator->day) {
    struct time_string string;
    time_format_date(time, &string);
    memcpy(generator->date, string.text, 11);
    generator->day = day;
  }
  unsigned of_day = (unsigned)(seconds % 86400);
  const unsigned parts[] = {of_day / 3600, of_day / 60 % 60, of_day % 60};
  char clock[] = "T00:00:00Z";
  for (int i = 0; i < 3; i++) {
    clock[1 + 3 * i] += (char)(parts[i] / 10);
    clock[2 + 3 * i] += (char)(parts[i] % 10);
  }
  buffer_append(out, generator->date, 10);
  buffer_append(out, clock, sizeof clock - 1);
}

/* A row of a table whose rows start with their weight (`unsigned`). */
static const void *weighted_row(struct random *random, const void *rows, size_t count,
                                size_t row_size) {
  const char *row = rows;
  unsigned total = 0;
  for (size_t i = 0; i < count; i++)
    total += *(const unsigned *)(const void *)(row + i * row_size);
  unsigned at = random_below(random, total);
  for (;; row += row_size) {
    unsigned weight = *(const unsigned *)(const void *)row;
    if (at < weight)
      return row;
    at -= weight;
  }
}

static const struct generate_person *person(struct generator *generator, size_t among) {
  return &GENERATE_PEOPLE[random_below(&generator->random, (uint32_t)among)];
}

static void append_email(struct generator *generator, struct buffer *out) {
  const struct generate_person *who = person(generator, GENERATE_PEOPLE_COUNT);
  buffer_append_string(out, who->email);
  if (random_chance(&generator->random, 0.7)) {
    char digits[4] = {'0', '0', '0', '0'};
    uint32_t number = random_below(&generator->random, 4000);
    for (int i = 3; i >= 0; i--, number /= 10)
      digits[i] += (char)(number % 10);
    buffer_append(out, digits, sizeof digits);
  }
  static const char *const domains[] = {"@example.com", "@example.com", "@example.com",
                                        "@example.org", "@north-west.example.com"};
  buffer_append_string(out, domains[random_below(&generator->random, 5)]);
}

static void append_meeting_id(struct generator *generator, struct buffer *out, bool spaced) {
  for (int i = 0; i < 11; i++) {
    if (spaced && (i == 3 || i == 7))
      buffer_append_char(out, ' ');
    uint32_t digit = random_below(&generator->random, 10);
    buffer_append_char(out, (char)('0' + (i == 0 ? 9 : digit)));
  }
}

/* Zoom writes both cases; most often the mixed one. */
static void append_flip(struct generator *generator, struct buffer *out, bool off) {
  static const char *const flips[2][2] = {{"from Off to On", "from OFF to ON"},
                                          {"from On to Off", "from ON to OFF"}};
  buffer_append_string(out, flips[off][random_chance(&generator->random, 0.2)]);
}

static void append_place(struct generator *generator, struct buffer *out, char place) {
  switch (place) {
  case 'E':
    append_email(generator, out);
    return;
  case 'N':
    buffer_append_string(out, person(generator, GENERATE_PEOPLE_COUNT)->name);
    return;
  case 'I':
    append_meeting_id(generator, out, true);
    return;
  case '-':
  case '+':
    append_flip(generator, out, place == '-');
    return;
  case '?':
    append_flip(generator, out, random_chance(&generator->random, 0.5));
    return;
  default:
    break;
  }
  for (size_t i = 0; i < GENERATE_WORDS_COUNT; i++) {
    const struct generate_words *words = &GENERATE_WORDS[i];
    if (words->place == place)
      buffer_append_string(out,
                           words->words[random_below(&generator->random, (uint32_t)words->count)]);
  }
}

/* The pattern filled in, as a JSON string. */
static void append_detail(struct generator *generator, struct buffer *out, const char *pattern) {
  struct buffer *detail = &generator->detail;
  buffer_reset(detail);
  for (const char *at = pattern; *at;) {
    const char *place = strchr(at, '%');
    if (!place) {
      buffer_append_string(detail, at);
      break;
    }
    buffer_append(detail, at, (size_t)(place - at));
    append_place(generator, detail, place[1]);
    at = place + 2;
  }
  buffer_append_json_string(out, buffer_text(detail));
}

static time_us append_record_start(struct generator *generator, struct buffer *out,
                                   const char *key) {
  time_us time = next_time(generator);
  buffer_append_string(out, key);
  append_time(generator, out, time);
  return time;
}

/* {"time", "operator", "category_type", "action", "operation_detail"} */
static void append_operation(struct generator *generator, struct buffer *out,
                             const struct generate_pattern *pattern, const char *category_key) {
  size_t among = random_chance(&generator->random, 0.8) ? OPERATORS : GENERATE_PEOPLE_COUNT;
  buffer_printf(out, "\",\"operator\":\"%s@example.com\",\"%s\":\"%s\",\"action\":\"%s\",",
                person(generator, among)->email, category_key, pattern->category, pattern->action);
  buffer_append_string(out, "\"operation_detail\":");
  append_detail(generator, out, pattern->detail);
}

/* What every generator ends with. */
static const char *record_made(time_us at, time_us *time, const char *rule_id) {
  if (time)
    *time = at;
  return rule_id;
}

const char *generate_operation(struct generator *generator, struct buffer *out, time_us *time) {
  struct random *random = &generator->random;
  time_us at = append_record_start(generator, out, "{\"time\":\"");
  const struct generate_pattern *pattern;
  if (random_chance(random, generator->options.match_share))
    pattern = weighted_row(random, GENERATE_MATCHING, GENERATE_MATCHING_COUNT, sizeof *pattern);
  else
    pattern = weighted_row(random, GENERATE_USUAL, GENERATE_USUAL_COUNT, sizeof *pattern);
  append_operation(generator, out, pattern, "category_type");
  buffer_append_char(out, '}');
  return record_made(at, time, pattern->rule_id);
}

static const char *operation_of(struct generator *generator, struct buffer *out, time_us *time,
                                const struct generate_pattern *patterns, size_t count) {
  time_us at = append_record_start(generator, out, "{\"time\":\"");
  const struct generate_pattern *pattern =
      weighted_row(&generator->random, patterns, count, sizeof *pattern);
  append_operation(generator, out, pattern, "category_type");
  buffer_append_char(out, '}');
  return record_made(at, time, NULL);
}

const char *generate_phone_operation(struct generator *generator, struct buffer *out,
                                     time_us *time) {
  return operation_of(generator, out, time, GENERATE_PHONE, GENERATE_PHONE_COUNT);
}

const char *generate_video_sdk_operation(struct generator *generator, struct buffer *out,
                                         time_us *time) {
  return operation_of(generator, out, time, GENERATE_VIDEO_SDK, GENERATE_VIDEO_SDK_COUNT);
}

/* An id of Zoom's: letters and digits. */
static void append_id(struct generator *generator, struct buffer *out) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  buffer_append_char(out, '"');
  for (int i = 0; i < 22; i++)
    buffer_append_char(out, letters[random_below(&generator->random, sizeof letters - 1)]);
  buffer_append_char(out, '"');
}

/* A team and a region are null where there is none. */
const char *generate_contact_center_operation(struct generator *generator, struct buffer *out,
                                              time_us *time) {
  time_us at = append_record_start(generator, out, "{\"time\":\"");
  const struct generate_pattern *pattern = weighted_row(
      &generator->random, GENERATE_CONTACT_CENTER, GENERATE_CONTACT_CENTER_COUNT, sizeof *pattern);
  append_operation(generator, out, pattern, "category");
  buffer_append_string(out, ",\"operation_log_id\":");
  append_id(generator, out);
  buffer_append_string(out, ",\"object_id\":");
  append_id(generator, out);
  buffer_append_string(out, random_chance(&generator->random, 0.3)
                                ? ",\"team_name\":\"Power Plant\",\"agent_region_name\":null}"
                                : ",\"team_name\":null,\"agent_region_name\":null}");
  return record_made(at, time, NULL);
}

/* Each person comes from the same few addresses of the networks for documentation (RFC 5737,
 * RFC 3849). */
static void append_ip(struct generator *generator, struct buffer *out, size_t who) {
  unsigned variant = random_below(&generator->random, 10), last = (unsigned)(who * 7 + 11) % 250;
  if (variant < 6)
    buffer_printf(out, "203.0.113.%u", last);
  else if (variant < 8)
    buffer_printf(out, "198.51.100.%u", last);
  else if (variant < 9)
    buffer_printf(out, "192.0.2.%u", random_below(&generator->random, 254) + 1);
  else
    buffer_printf(out, "2001:db8:52:%zx::%x", who, last);
}

const char *generate_activity(struct generator *generator, struct buffer *out, time_us *time) {
  struct random *random = &generator->random;
  time_us at = append_record_start(generator, out, "{\"time\":\"");
  const struct generate_sign_in *client =
      weighted_row(random, GENERATE_SIGN_INS, GENERATE_SIGN_INS_COUNT, sizeof *client);
  const struct generate_person *who = person(generator, GENERATE_PEOPLE_COUNT);
  buffer_printf(out, "\",\"email\":\"%s@example.com\",\"type\":\"%s\",\"ip_address\":\"",
                who->email, random_chance(random, 0.6) ? "Sign in" : "Sign out");
  append_ip(generator, out, (size_t)(who - GENERATE_PEOPLE));
  buffer_printf(out, "\",\"client_type\":\"%s\",\"version\":\"%s\"}", client->client,
                client->version);
  return record_made(at, time, NULL);
}

const char *generate_meeting_activity(struct generator *generator, struct buffer *out,
                                      time_us *time) {
  struct random *random = &generator->random;
  time_us at = append_record_start(generator, out, "{\"activity_time\":\"");
  const struct generate_meeting *kind =
      weighted_row(random, GENERATE_MEETINGS, GENERATE_MEETINGS_COUNT, sizeof *kind);
  const struct generate_person *who = person(generator, GENERATE_PEOPLE_COUNT);
  buffer_append_string(out, "\",\"meeting_number\":\"");
  append_meeting_id(generator, out, false);
  buffer_printf(out,
                "\",\"operator\":\"%s\",\"operator_email\":\"%s@example.com\","
                "\"activity_category\":\"%s\",\"activity_detail\":",
                who->name, who->email, kind->category);
  append_detail(generator, out, kind->detail);
  buffer_append_char(out, '}');
  return record_made(at, time, NULL);
}

/* A session that began a minute after it was asked for. */
const char *generate_remote_support(struct generator *generator, struct buffer *out,
                                    time_us *time) {
  struct random *random = &generator->random;
  time_us at = append_record_start(generator, out, "{\"start_time\":\"");
  const struct generate_person *supporter = person(generator, OPERATORS);
  const struct generate_person *supportee = person(generator, GENERATE_PEOPLE_COUNT);
  unsigned minutes = 1 + random_below(random, 40);
  struct time_string asked, ended;
  time_format(at - US_PER_MINUTE, &asked);
  time_format(at + minutes * US_PER_MINUTE, &ended);
  buffer_append_string(out, "\",\"meeting_number\":");
  append_meeting_id(generator, out, false);
  buffer_append_string(out, ",\"meeting_uuid\":");
  append_id(generator, out);
  buffer_printf(out,
                ",\"topic\":\"Help desk\",\"supporter_name\":\"%s\",\"supporter_email\":"
                "\"%s@example.com\",\"supportee_name\":\"%s\",\"supportee_email\":",
                supporter->name, supporter->email, supportee->name);
  if (random_chance(random, 0.2))
    buffer_append_string(out, "null"); /* a guest */
  else
    buffer_printf(out, "\"%s@example.com\"", supportee->email);
  buffer_printf(out,
                ",\"request_time\":\"%s\",\"wait_time\":\"00:01:00\",\"end_time\":\"%s\","
                "\"duration\":\"00:%02u:00\"}",
                asked.text, ended.text, minutes);
  return record_made(at, time, NULL);
}

/* Who belongs to another account has no user_id there. */
static void append_chat_member(struct generator *generator, struct buffer *out) {
  const struct generate_person *who = person(generator, GENERATE_PEOPLE_COUNT);
  bool external = random_chance(&generator->random, 0.1);
  buffer_printf(out, "{\"display_name\":\"%s\",\"user_id\":\"%s%s\",\"member_id\":", who->name,
                external ? "" : "u-", external ? "" : who->email);
  append_id(generator, out);
  buffer_append_char(out, '}');
}

const char *generate_chat_channel_activity(struct generator *generator, struct buffer *out,
                                           time_us *time) {
  struct random *random = &generator->random;
  time_us at = next_time(generator);
  buffer_printf(out,
                "{\"channel_id\":\"825c9e31f1064c73b394c5e4557d%04u\",\"activity_type\":"
                "\"membership\",\"activity_timestamp\":%lld,\"operator\":",
                random_below(random, 40), (long long)(at / US_PER_MS));
  append_chat_member(generator, out);
  buffer_printf(out, ",\"members\":{\"member_status\":\"%s\",\"member_list\":[",
                random_chance(random, 0.7) ? "joined" : "left");
  unsigned count = 1 + random_below(random, 3);
  for (unsigned i = 0; i < count; i++) {
    if (i > 0)
      buffer_append_char(out, ',');
    append_chat_member(generator, out);
  }
  buffer_append_string(out, "]}}");
  return record_made(at, time, NULL);
}
