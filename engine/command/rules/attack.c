#include "command/rules/attack.h"

#include <jansson.h>

static const struct {
  const char *id, *name;
} tactics[] = {
    {"TA0043", "reconnaissance"},
    {"TA0042", "resource-development"},
    {"TA0001", "initial-access"},
    {"TA0002", "execution"},
    {"TA0003", "persistence"},
    {"TA0004", "privilege-escalation"},
    {"TA0005", "stealth"},
    {"TA0112", "defense-impairment"},
    {"TA0006", "credential-access"},
    {"TA0007", "discovery"},
    {"TA0008", "lateral-movement"},
    {"TA0009", "collection"},
    {"TA0011", "command-and-control"},
    {"TA0010", "exfiltration"},
    {"TA0040", "impact"},
};

const char *attack_tactic_name(struct text tactic) {
  for (size_t i = 0; i < sizeof tactics / sizeof *tactics; i++)
    if (text_equal_folded(tactic, text_from(tactics[i].id)))
      return tactics[i].name;
  return NULL;
}

static bool is_digits(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] < '0' || text.data[i] > '9')
      return false;
  return text.size > 0;
}

static bool is_tactic(struct text text) {
  return text.size == 6 && text_starts_folded(text, TEXT("TA")) &&
         is_digits((struct text){text.data + 2, 4});
}

/* T1125, T1556.006 */
static bool is_technique(struct text text) {
  if (text.size < 5 || (text.data[0] != 'T' && text.data[0] != 't') ||
      !is_digits((struct text){text.data + 1, 4}))
    return false;
  return text.size == 5 ||
         (text.size == 9 && text.data[5] == '.' && is_digits((struct text){text.data + 6, 3}));
}

/* "TA0009:T1125", "T1125" or "TA0009"; false for anything else. */
static bool read_technique(struct text text, struct attack_technique *technique) {
  const char *colon = memchr(text.data, ':', text.size);
  struct text tactic = {text.data, colon ? (size_t)(colon - text.data) : 0};
  struct text rest = {text.data + (colon ? tactic.size + 1 : 0),
                      text.size - (colon ? tactic.size + 1 : 0)};
  *technique = (struct attack_technique){tactic, rest};
  if (!colon && is_tactic(text))
    *technique = (struct attack_technique){text, TEXT("")};
  return (technique->tactic.size == 0 || is_tactic(technique->tactic)) &&
         (technique->id.size == 0 || is_technique(technique->id)) &&
         technique->tactic.size + technique->id.size > 0;
}

static bool is_listed(const struct attack_technique *techniques, size_t count,
                      const struct attack_technique *technique) {
  for (size_t i = 0; i < count; i++)
    if (text_equal(techniques[i].tactic, technique->tactic) &&
        text_equal(techniques[i].id, technique->id))
      return true;
  return false;
}

size_t attack_techniques(const struct rule *rule, struct arena *arena,
                         struct attack_technique **techniques) {
  json_t *reports = json_loadb(rule->reports_json.data, rule->reports_json.size, 0, NULL), *list;
  const char *report;
  size_t count = 0, most = 0;
  json_object_foreach(reports, report, list) most += json_array_size(list);
  *techniques = arena_alloc(arena, (most + 1) * sizeof **techniques);
  json_object_foreach(reports, report, list) {
    for (size_t i = 0; i < json_array_size(list); i++) {
      struct text item = arena_copy(arena, text_from(json_string_value(json_array_get(list, i))));
      if (read_technique(item, &(*techniques)[count]) &&
          !is_listed(*techniques, count, &(*techniques)[count]))
        count++;
    }
  }
  json_decref(reports);
  return count;
}

bool attack_is(const struct attack_technique *technique, struct text wanted) {
  return text_equal_folded(technique->id, wanted) ||
         (wanted.size == 5 && technique->id.size > 5 && technique->id.data[5] == '.' &&
          text_starts_folded(technique->id, wanted));
}
