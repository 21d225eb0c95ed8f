/*
 * The bundled rules on records that nobody would write: every value of every fixture is replaced by
 * values of other types and by empty ones, and every text is made long by something that is much
 * work to take apart. Each value gets a third of these, by turns, as most fields are in several
 * fixtures; with LIMITS=long all of them. No rule may fail on a record that the schema accepts: one
 * that used up its budget would be blind to it.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "event/event.h"
#include "rule/kv/kv.h"
#include "rule/load/rule_set_load.h"
#include "rule/vm/rule_vm.h"

#include <dirent.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW (INT64_C(1711004943) * US_PER_SECOND)

struct world {
  struct problems problems;
  struct schema_set *schemas;
  struct rule_set *rules;
  struct rule_vm *vm;
  struct kv *kv;
  struct event_reader *reader;
  struct rule_outcome outcome;
  struct buffer record;
  unsigned events, matches, failures;
  size_t turn; /* whether the next value gets the first, fourth, … of them, or others */
};

static int start(void **state) {
  static const char *const paths[] = {"rules"};
  struct world *world = memory_alloc(sizeof *world);
  world->schemas = schema_set_load("schemas", &world->problems);
  world->rules =
      rule_set_load(&(struct rule_options){.paths = paths, .path_count = 1}, &world->problems);
  assert_int_equal(world->problems.count, 0);
  world->vm = rule_vm_new(world->rules, NULL);
  world->kv = kv_new(NULL);
  rule_vm_set_kv(world->vm, world->kv);
  struct event_typing typing = {.schemas = world->schemas};
  world->reader = event_reader_new(&typing, TEXT("hostile"), TEXT(""));
  *state = world;
  return 0;
}

static int stop(void **state) {
  struct world *world = *state;
  event_reader_free(world->reader);
  rule_vm_free(world->vm);
  kv_free(world->kv);
  rule_set_free(world->rules);
  schema_set_free(world->schemas);
  problems_clear(&world->problems);
  buffer_free(&world->record);
  free(world);
  return 0;
}

static void report(struct world *world, const struct rule *rule, const char *what,
                   const char *why) {
  if (world->failures++ < 20)
    print_error("%s: %s: %s\n  on %.300s\n", rule->file, what, why, world->record.data);
}

static void run_rules(struct world *world, const struct event *event) {
  struct rule_list candidates = rule_vm_candidates(world->vm, event);
  for (size_t i = 0; i < candidates.count; i++) {
    const struct rule *rule = candidates.items[i];
    struct error error = ERROR_NONE;
    if (rule->stateful)
      kv_begin(world->kv, rule->id, event->event_time);
    enum rule_verdict verdict = rule_vm_match(world->vm, rule, &error);
    if (verdict == RULE_FAILED)
      report(world, rule, "rule", error.text);
    if (verdict == RULE_MATCH) {
      world->matches++;
      rule_vm_describe(world->vm, rule, &world->outcome, &world->problems);
      if (world->problems.count > 0)
        report(world, rule, "a function of a match", world->problems.items[0].text);
      problems_clear(&world->problems);
    }
    if (rule->stateful)
      kv_end(world->kv, true);
  }
}

static void try_record(struct world *world, const json_t *record) {
  struct error error = ERROR_NONE;
  char *text = json_dumps(record, JSON_COMPACT);
  buffer_reset(&world->record);
  buffer_append_string(&world->record, text);
  free(text);
  memset(buffer_reserve(&world->record, JSON_PADDING), 0, JSON_PADDING);
  const struct event *event =
      event_read(world->reader, buffer_text(&world->record), TEXT(""), NOW, &error);
  if (!event)
    return; /* a dead letter: no rule sees it */
  event_identify(world->reader, 0);
  world->events++;
  run_rules(world, event);
}

/* What values become. */
static const char *const replacements[] = {
    "null",
    "true",
    "false",
    "0",
    "-1.5e300",
    "\"\"",
    "\"on to off\"",
    "[]",
    "{}",
    "[[],{}]",
    "[\"a@b\",\"on to off\"]",
    "[1,\"x\",null,{\"email\":[]}]",
    "{\"settings\":{\"a\":[1]},\"type\":7}",
    "\"a@b, <!channel> \\u0000\\u202e https://[x](y)\\n- : from On to Off - : from  to \""};

static bool is_long(void) {
  return getenv("LIMITS") && strcmp(getenv("LIMITS"), "long") == 0;
}

static size_t first_of(struct world *world) {
  return is_long() ? 0 : world->turn++ % 3;
}

static size_t step(void) {
  return is_long() ? 1 : 3;
}

static void mutate(struct world *world, const json_t *record, json_t *at);

static void replace(struct world *world, const json_t *record, json_t *parent, const char *key,
                    size_t index) {
  json_t *old = json_incref(key ? json_object_get(parent, key) : json_array_get(parent, index));
  for (size_t i = first_of(world); i < sizeof replacements / sizeof *replacements; i += step()) {
    json_t *new = json_loads(replacements[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(new);
    if (key)
      json_object_set_new(parent, key, new);
    else
      json_array_set_new(parent, index, new);
    try_record(world, record);
  }
  if (key)
    json_object_set(parent, key, old);
  else
    json_array_set(parent, index, old);
  mutate(world, record, old);
  json_decref(old);
}

static void mutate(struct world *world, const json_t *record, json_t *at) {
  for (void *member = json_object_iter(at), *next; member; member = next) {
    const char *key = json_object_iter_key(member);
    next = json_object_iter_next(at, member);
    replace(world, record, at, key, 0);
  }
  for (size_t i = 0; i < json_array_size(at); i++)
    replace(world, record, at, NULL, i);
}

/* ---- long texts ---- */

#define LONG_SIZE 16384

/* What a text is made long with, again and again. */
static const char *const fillers[] = {" - a: from b",
                                      " - a: from On to Off",
                                      " - a: set to b",
                                      " - a: b",
                                      " - ",
                                      "  - ",
                                      ": from ",
                                      " to ",
                                      ": on to ",
                                      " ",
                                      "\n",
                                      "a",
                                      "a ",
                                      ":",
                                      ": ",
                                      ": a",
                                      "@",
                                      "a@",
                                      ": a@",
                                      "),",
                                      "(a",
                                      ".a",
                                      "https://a",
                                      "https://a.b/),",
                                      "user ",
                                      "user role: from Member to Admin - ",
                                      "role group user ",
                                      "-",
                                      "0",
                                      "\xc3\xa9"};

/* The text with a long one of the filler before or behind it. */
static json_t *lengthen(const char *text, const char *filler, bool before) {
  struct buffer buffer = BUFFER_NONE;
  if (!before)
    buffer_append_string(&buffer, text);
  while (buffer.size < LONG_SIZE)
    buffer_append_string(&buffer, filler);
  if (before)
    buffer_append_string(&buffer, text);
  json_t *result = json_stringn((const char *)buffer.data, buffer.size);
  buffer_free(&buffer);
  return result;
}

/* Of an operation only the detail: what else there is in it nobody chooses freely. */
static bool is_free_text(const json_t *record, const char *key, const json_t *value) {
  return json_is_string(value) &&
         (!json_object_get(record, "operation_detail") || strcmp(key, "operation_detail") == 0);
}

static void try_long_texts(struct world *world, json_t *record) {
  const char *key;
  json_t *value, *copy = json_copy(record);
  json_object_foreach(record, key, value) {
    if (!is_free_text(record, key, value))
      continue;
    for (size_t i = first_of(world); i < sizeof fillers / sizeof *fillers; i += step()) {
      bool before = (world->events + i) % 2;
      json_object_set_new(copy, key, lengthen(json_string_value(value), fillers[i], before));
      try_record(world, copy);
    }
    json_object_set(copy, key, value);
  }
  json_decref(copy);
}

/* ---- all fixtures ---- */

static void try_replacements(struct world *world, json_t *record) {
  try_record(world, record);
  mutate(world, record, record);
}

static void try_folder(struct world *world, const char *folder,
                       void (*try)(struct world *, json_t *)) {
  struct dirent **entries = NULL;
  int count = scandir(folder, &entries, NULL, alphasort);
  assert_true(count > 2);
  for (int i = 0; i < count; i++) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    json_t *record =
        strstr(entries[i]->d_name, ".json") ? json_load_file(path, JSON_ALLOW_NUL, NULL) : NULL;
    if (record)
      try(world, record);
    json_decref(record);
    free(entries[i]);
  }
  free(entries);
}

static void no_rule_fails_whatever_a_record_holds(void **state) {
  struct world *world = *state;
  static const char *const folders[] = {"operation",       "activity",          "meeting_activity",
                                        "webhook/account", "webhook/chat",      "webhook/meeting",
                                        "webhook/phone",   "webhook/recording", "webhook/room",
                                        "webhook/user",    "webhook/webinar"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    char path[128];
    snprintf(path, sizeof path, "fixtures/zoom/%s", folders[i]);
    try_folder(world, path, try_replacements);
  }
  assert_int_equal(world->failures, 0);
  assert_true(world->events > 1000);
  assert_true(world->matches > 1000);
}

static void no_rule_fails_on_a_long_text(void **state) {
  struct world *world = *state;
  static const char *const folders[] = {"operation", "activity", "meeting_activity"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    char path[128];
    snprintf(path, sizeof path, "fixtures/zoom/%s", folders[i]);
    try_folder(world, path, try_long_texts);
  }
  assert_int_equal(world->failures, 0);
  assert_true(world->matches > 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(no_rule_fails_whatever_a_record_holds, start, stop),
      cmocka_unit_test_setup_teardown(no_rule_fails_on_a_long_text, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
