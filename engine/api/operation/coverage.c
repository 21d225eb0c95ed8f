/* What rules cover, and which make noise. */
#include "api/api.h"
#include "api/rules/attack.h"
#include "api/rules/noise.h"
#include "base/json_member.h"

#include <inttypes.h>
#include <stdlib.h>

#define NOISE_DAYS 30

/* ---- noise.show ---------------------------------------------------------------------------- */

static const char *const sorts[] = {"alerts", "matches", NULL};

static const struct api_parameter noise_parameters[] = {
    {.name = "since",
     .place = API_QUERY,
     .type = API_TIME,
     .help = "Events of then or later; 30d when not given"},
    {.name = "rule",
     .place = API_QUERY,
     .type = API_TEXT,
     .max = 256,
     .help = "Only this rule; `*` stands for any characters"},
    {.name = "sort",
     .place = API_QUERY,
     .type = API_CHOICE,
     .choices = sorts,
     .help = "What comes first: most alerts (when not given) or most matches"},
    {.name = "silent",
     .place = API_QUERY,
     .type = API_BOOLEAN,
     .help = "Also the rules without a match"},
};

static bool show_noise(const struct api_world *world, const struct api_request *request,
                       struct api_answer *answer) {
  const struct rule_set *rules = world->setup->detection->rules;
  struct error error = ERROR_NONE;
  struct noise noise = {.count = 0};
  struct text pattern = api_text(request, "rule");
  const struct noise_choice choice = {.since = api_time(request, "since"),
                                      .pattern = pattern.size > 0 ? pattern.data : NULL,
                                      .sort = api_choice(request, "sort") == 1 ? NOISE_BY_MATCHES
                                                                               : NOISE_BY_ALERTS};
  bool silent = api_boolean(request, "silent", false);
  bool ok = noise_read(world->store, rules, &choice, &noise, &error);
  api_list_begin(answer);
  for (size_t i = 0; ok && i < noise.count; i++)
    if (silent || !noise_is_silent(noise.rows[i]))
      noise_json_append(api_list_next(answer), &noise, noise.rows[i]);
  api_list_close(answer, TEXT(""));
  noise_clear(&noise);
  return ok || api_fail(answer, &error);
}

/* ---- attack.show --------------------------------------------------------------------------- */

struct technique {
  struct text tactic, id;
  int64_t rules, alerting, alerts;
};

struct matrix {
  struct arena arena;
  struct map known; /* "TA0009 T1125" -> struct technique, in the arena */
};

static void add_technique(struct matrix *matrix, const struct attack_technique *technique,
                          const struct rule *rule, int64_t alerts) {
  struct buffer key = BUFFER_NONE;
  buffer_append_text(&key, technique->tactic);
  buffer_append_char(&key, ' ');
  buffer_append_text(&key, technique->id);
  struct technique *entry = map_get(&matrix->known, buffer_text(&key));
  if (!entry) {
    entry = arena_alloc(&matrix->arena, sizeof *entry);
    entry->tactic = arena_copy(&matrix->arena, technique->tactic);
    entry->id = arena_copy(&matrix->arena, technique->id);
    map_put(&matrix->known, buffer_text(&key), entry);
  }
  entry->rules += rule->enabled;
  entry->alerting += rule->enabled && rule->create_alert;
  entry->alerts += alerts;
  buffer_free(&key);
}

static void add_rules(struct matrix *matrix, const struct rule_set *rules,
                      const struct noise *noise) {
  for (size_t i = 0; i < rules->count; i++) {
    const struct rule *rule = &rules->rules[i];
    const struct noise_row *row = map_get(&noise->by_id, rule->id);
    struct attack_technique *techniques;
    size_t count = attack_techniques(rule, &matrix->arena, &techniques);
    for (size_t k = 0; k < count; k++)
      if (techniques[k].id.size > 0)
        add_technique(matrix, &techniques[k], rule, row ? row->alerts : 0);
  }
}

static int by_id(const void *a, const void *b) {
  return text_compare((*(const struct technique *const *)a)->id,
                      (*(const struct technique *const *)b)->id);
}

static void append_techniques(struct matrix *matrix, struct text tactic, struct buffer *json) {
  const struct technique **sorted =
      arena_alloc(&matrix->arena, (matrix->known.count + 1) * sizeof(struct technique *));
  size_t count = 0;
  for (size_t i = 0; i < matrix->known.count; i++) {
    const struct technique *technique = matrix->known.entries[i].value;
    if (text_equal(technique->tactic, tactic))
      sorted[count++] = technique;
  }
  if (count > 1)
    qsort(sorted, count, sizeof *sorted, by_id);
  buffer_append_string(json, ",\"techniques\":[");
  for (size_t i = 0; i < count; i++) {
    buffer_append_string(json, i ? ",{" : "{");
    json_member_text(json, "id", sorted[i]->id);
    buffer_printf(json,
                  ",\"rules\":%" PRId64 ",\"alerting\":%" PRId64 ",\"alerts_30d\":%" PRId64 "}",
                  sorted[i]->rules, sorted[i]->alerting, sorted[i]->alerts);
  }
  buffer_append_char(json, ']');
}

static bool show_attack(const struct api_world *world, const struct api_request *request,
                        struct api_answer *answer) {
  const struct rule_set *rules = world->setup->detection->rules;
  const struct noise_choice choice = {.since = request->now - NOISE_DAYS * US_PER_DAY};
  struct noise noise = {.count = 0};
  struct matrix matrix = {.arena = ARENA_NONE};
  struct error error = ERROR_NONE;
  struct buffer *json = &answer->body;
  bool ok = noise_read(world->store, rules, &choice, &noise, &error);
  add_rules(&matrix, rules, &noise);
  buffer_append_string(json, "{\"version\":\"" ATTACK_VERSION "\",\"tactics\":[");
  for (size_t i = 0; i < attack_tactic_count(); i++) {
    const char *id = attack_tactic_id(i);
    buffer_append_string(json, i ? ",{" : "{");
    json_member_text(json, "id", text_from(id));
    json_member_text(json, "name", text_from(attack_tactic_name(text_from(id))));
    append_techniques(&matrix, text_from(id), json);
    buffer_append_char(json, '}');
  }
  buffer_append_string(json, "]}");
  noise_clear(&noise);
  map_clear(&matrix.known, NULL);
  arena_free(&matrix.arena);
  return ok || api_fail(answer, &error);
}

/* ---- the operations ------------------------------------------------------------------------ */

static const struct api_field noise_list_fields[] = {
    {.name = "rule_id", .type = API_TEXT},
    {.name = "display_name", .type = API_TEXT},
    {.name = "severity", .type = API_TEXT},
    {.name = "pack", .type = API_TEXT},
    {.name = "since", .type = API_TIME, .help = "From when on is counted"},
    {.name = "matches", .type = API_INTEGER},
    {.name = "suppressed", .type = API_INTEGER},
    {.name = "alerts", .type = API_INTEGER},
    {.name = "true_positives", .type = API_INTEGER},
    {.name = "false_positives", .type = API_INTEGER},
    {.name = "benign", .type = API_INTEGER},
    {.name = "alerts_a_day", .type = API_NUMBER},
    {.name = "match_share", .type = API_NUMBER, .help = "Of all matches, 0 to 1"},
    {.name = "alert_share", .type = API_NUMBER},
    {.name = "actors", .type = API_INTEGER},
    {.name = "top_actor", .type = API_TEXT},
    {.name = "top_actor_share", .type = API_NUMBER},
    {.name = NULL},
};

static const struct api_field technique_fields[] = {
    {.name = "id", .type = API_TEXT},
    {.name = "rules", .type = API_INTEGER, .help = "That are on"},
    {.name = "alerting", .type = API_INTEGER, .help = "Of them: that alert"},
    {.name = "alerts_30d", .type = API_INTEGER},
    {.name = NULL},
};
static const struct api_field tactic_fields[] = {
    {.name = "id", .type = API_TEXT},
    {.name = "name", .type = API_TEXT},
    {.name = "techniques", .type = API_LIST, .fields = technique_fields},
    {.name = NULL},
};
static const struct api_field attack_fields[] = {
    {.name = "version", .type = API_TEXT, .help = "Of ATT&CK"},
    {.name = "tactics", .type = API_LIST, .fields = tactic_fields, .help = "In ATT&CK's order"},
    {.name = NULL},
};

const struct api_operation api_noise_show = {
    .name = "noise.show",
    .method = "GET",
    .path = "/noise",
    .role = API_VIEWER,
    .summary = "Show which rules find much, and of whom",
    .help = "Each item is what `margay rules noise --format json` prints.",
    API_PARAMETERS(noise_parameters),
    .fields = noise_list_fields,
    .lists = true,
    .run = show_noise,
};

const struct api_operation api_attack_show = {
    .name = "attack.show",
    .method = "GET",
    .path = "/attack",
    .role = API_VIEWER,
    .summary = "Show the tactics and techniques of MITRE ATT&CK, with the rules that look for each",
    .fields = attack_fields,
    .run = show_attack,
};
