/* What a configuration changes in rules, written by a program. */
#include "rule/tuning/tuning.h"
#include "alert/message/alert_json.h"
#include "api/api.h"

static const struct api_parameter parameters[] = {
    {.name = "rule",
     .place = API_BODY,
     .type = API_TEXT,
     .required = true,
     .max = 256,
     .help = "The id of a rule, or a pattern with *"},
    {.name = "mute_until",
     .place = API_BODY,
     .type = API_TEXT,
     .max = 64,
     .help = "Mutes it until then: a time, a day, or how long from now (7d)"},
    {.name = "except",
     .place = API_BODY,
     .type = API_OBJECT,
     .help = "In its place: leaves events out whose fields have these values, in where's words"},
    {.name = "reason",
     .place = API_BODY,
     .type = API_TEXT,
     .required = true,
     .max = 500,
     .help = "Why, for who reads the configuration"},
};

static bool read_until(const struct api_request *request, time_us *until,
                       struct api_answer *answer) {
  struct text given = api_text(request, "mute_until");
  struct error error = ERROR_NONE;
  int64_t span;
  if (!time_parse(given, until) && !time_parse_strftime(given, "%Y-%m-%d", until)) {
    if (!duration_parse(given, &span, &error) || span > 36500 * US_PER_DAY)
      return api_refuse(answer, API_BAD, "mute_until",
                        "mute_until: give a time, a day, or how long from now, such as 7d");
    *until = request->now + span;
  }
  return *until > request->now ||
         api_refuse(answer, API_BAD, "mute_until", "mute_until: that time is over");
}

static bool rule_exists(const struct rule_set *rules, struct text id) {
  const struct tuning_entry entry = {.rule = id};
  for (size_t i = 0; i < rules->count; i++)
    if (tuning_names(&entry, rules->rules[i].id))
      return true;
  return false;
}

static void write_entry(const struct api_tuning *tuning, struct buffer *out) {
  json_t *entry = json_object(), *answer = json_object();
  json_object_set_new(entry, "rule", json_from_text(tuning->rule_id));
  if (tuning->except)
    json_object_set_new(entry, "except", json_deep_copy(tuning->except));
  else
    json_object_set_new(entry, "mute_until", json_from_time(tuning->mute_until));
  json_object_set_new(entry, "reason", json_from_text(tuning->reason));
  json_object_set_new(answer, "entry", entry);
  json_append_and_free(out, answer);
}

static bool add(const struct api_world *world, const struct api_request *request,
                struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct error_line line;
  struct api_tuning tuning = {.rule_id = api_text(request, "rule"),
                              .mute_until = TIME_NONE,
                              .except = api_object(request, "except"),
                              .reason = api_text(request, "reason"),
                              .who = request->caller->name};
  if (!world->hooks || !world->hooks->tune)
    return api_refuse(answer, API_CONFLICT, NULL, "tuning needs a running margay");
  if (api_has(request, "mute_until") == (tuning.except != NULL))
    return api_refuse(answer, API_BAD, "mute_until",
                      "mute_until: give either `mute_until` or `except`");
  if (!tuning.except && !read_until(request, &tuning.mute_until, answer))
    return false;
  if (!rule_exists(world->setup->detection->rules, tuning.rule_id))
    return api_refuse(answer, API_NOT_FOUND, "rule", "there is no such rule");
  if (!world->hooks->tune(world->hooks->context, &tuning, &error))
    return api_refuse(answer, API_CONFLICT, NULL, "%s", error_line(&error, &line));
  write_entry(&tuning, &answer->body);
  return true;
}

static const struct api_field entry_fields[] = {
    {.name = "rule", .type = API_TEXT},
    {.name = "mute_until", .type = API_TIME, .optional = true},
    {.name = "except", .type = API_ANY, .optional = true},
    {.name = "reason", .type = API_TEXT},
    {.name = NULL},
};
static const struct api_field fields[] = {
    {.name = "entry", .type = API_OBJECT, .fields = entry_fields, .help = "As it was written"},
    {.name = NULL},
};

const struct api_operation api_tuning_add = {
    .name = "tuning.add",
    .method = "POST",
    .path = "/tuning",
    .role = API_ADMIN,
    .summary = "Mute a rule for a time, or leave some events out",
    .help = "Writes an entry into the list `tuning` of the configuration's file, as `margay tune` "
            "does, and has the daemon read it. Matches stay recorded as suppressed.",
    API_PARAMETERS(parameters),
    .fields = fields,
    .writes = true,
    .needs_daemon = true,
    .run = add,
};
