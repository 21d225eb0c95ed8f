#include "sim/tenant/tenant.h"

#include "base/digest.h"
#include "sim/tenant/attack.h"
#include "sim/tenant/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

/* Of 40 users and 3 days, seed 1. */
#define TENANT_DIGEST "bddc4c61a57252b32c18ba03163966aac89d2d64c54a24464901bfb247e94f13"
#define FROM (INT64_C(1767571200) * US_PER_SECOND) /* 2026-01-05, a Monday */

static struct tenant_options options_of(uint64_t seed, uint32_t users, uint32_t days) {
  return (struct tenant_options){.seed = seed, .users = users, .days = days, .from = FROM};
}

/* All records, one a line. */
static char *make_records(const struct tenant_options *options) {
  struct error error = ERROR_NONE;
  struct tenant *tenant = tenant_new(options, &error);
  assert_non_null(tenant);
  struct buffer out = BUFFER_NONE;
  struct tenant_record record;
  while (tenant_next(tenant, &out, &record))
    buffer_append_char(&out, '\n');
  tenant_free(tenant);
  return buffer_steal(&out);
}

/* A change of the tenant changes this digest; nothing else may: not the machine, the locale, the
 * time, nor where memory lies. */
static void the_same_options_make_the_same_bytes_everywhere(void **state) {
  (void)state;
  struct tenant_options options = options_of(1, 40, 3);
  char *records = make_records(&options);
  uint8_t digest[DIGEST_SIZE];
  char hex[2 * DIGEST_SIZE + 1];
  digest_sha256(text_from(records), digest);
  hex_encode(digest, sizeof digest, hex);
  assert_string_equal(hex, TENANT_DIGEST);
  free(records);
}

static void another_seed_makes_another_tenant(void **state) {
  (void)state;
  struct tenant_options one = options_of(1, 20, 1), two = options_of(2, 20, 1);
  char *first = make_records(&one), *second = make_records(&two);
  assert_string_not_equal(first, second);
  free(first);
  free(second);
}

static const char *const FIELDS[TENANT_LOGS][6] = {
    {"time", "operator", "category_type", "action", "operation_detail"},
    {"time", "operator", "category_type", "action", "operation_detail", "p_log_type"},
    {"time", "email", "type", "ip_address", "client_type", "version"},
    {"meeting_number", "activity_time", "operator", "activity_category", "activity_detail"},
    {"event"},
};

/* When the record says that it happened, in seconds. */
static int64_t time_in(const json_t *record, enum tenant_log log) {
  if (log == TENANT_WEBHOOK)
    return json_integer_value(json_object_get(record, "event_ts")) / 1000;
  time_us time = 0;
  const char *key = log == TENANT_MEETING_ACTIVITY ? "activity_time" : "time";
  assert_true(time_parse(text_from(json_string_value(json_object_get(record, key))), &time));
  return time / US_PER_SECOND;
}

static void records_are_json_in_order_of_time_with_the_fields_of_their_log(void **state) {
  (void)state;
  struct tenant_options options = options_of(5, 60, 4);
  struct tenant *tenant = tenant_new(&options, NULL);
  struct buffer text = BUFFER_NONE;
  struct tenant_record record;
  time_us last = FROM;
  int of_log[TENANT_LOGS] = {0};
  while (tenant_next(tenant, &text, &record)) {
    json_error_t problem;
    json_t *json = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &problem);
    assert_non_null(json);
    assert_null(strpbrk(text.data, "<>\n"));
    for (int i = 0; i < 6 && FIELDS[record.log][i]; i++)
      assert_true(json_is_string(json_object_get(json, FIELDS[record.log][i])));
    assert_true(record.time >= last && record.time < FROM + 4 * US_PER_DAY);
    assert_int_equal(time_in(json, record.log), record.time / US_PER_SECOND);
    assert_null(record.attack);
    last = record.time;
    of_log[record.log]++;
    json_decref(json);
    buffer_reset(&text);
  }
  for (int log = 0; log < TENANT_LOGS; log++)
    assert_true(of_log[log] > 0);
  buffer_free(&text);
  tenant_free(tenant);
}

/* Records by day of the week, and by hour in UTC. */
static void people_sleep_and_have_weekends(void **state) {
  (void)state;
  struct tenant_options options = options_of(1, 300, 7);
  struct tenant *tenant = tenant_new(&options, NULL);
  struct buffer text = BUFFER_NONE;
  struct tenant_record record;
  int by_day[7] = {0}, by_hour[24] = {0}, all = 0;
  while (tenant_next(tenant, &text, &record)) {
    by_day[(record.time - FROM) / US_PER_DAY]++;
    by_hour[record.time % US_PER_DAY / US_PER_HOUR]++;
    all++;
    buffer_reset(&text);
  }
  for (int day = 0; day < 5; day++)
    assert_in_range(by_day[day] / 300, 20, 40);
  for (int day = 5; day < 7; day++)
    assert_in_range(by_day[day], 10, by_day[0] / 10);
  /* The company is European: its noon is busy, while its night has people elsewhere. */
  assert_in_range(by_hour[10], by_hour[2] * 2, all);
  assert_in_range(by_hour[0] + by_hour[1] + by_hour[2] + by_hour[3], 1, all / 7);
  buffer_free(&text);
  tenant_free(tenant);
}

/* The text after `key` and before the next quote, as a copy in the arena. */
static struct text value_after(struct arena *arena, const char *record, const char *key) {
  const char *at = strstr(record, key);
  assert_non_null(at);
  at += strlen(key);
  return arena_copy(arena, (struct text){at, strcspn(at, "\"")});
}

static void nobody_signs_in_before_the_account_is_made_or_after_it_is_closed(void **state) {
  (void)state;
  struct tenant_options options = options_of(2, 250, 21);
  struct tenant *tenant = tenant_new(&options, NULL);
  struct buffer text = BUFFER_NONE;
  struct tenant_record record;
  struct arena arena = ARENA_NONE;
  struct map seen = MAP_NONE, closed = MAP_NONE;
  int made = 0;
  while (tenant_next(tenant, &text, &record)) {
    if (record.log == TENANT_ACTIVITY) {
      struct text email = value_after(&arena, text.data, "\"email\":\"");
      assert_null(map_get(&closed, email));
      map_put(&seen, email, tenant);
    } else if (strstr(text.data, "\"user.created\"")) {
      assert_null(map_get(&seen, value_after(&arena, text.data, "\"email\":\"")));
      made++;
    } else if (strstr(text.data, "\"user.deactivated\"")) {
      map_put(&closed, value_after(&arena, text.data, "\"email\":\""), tenant);
    }
    buffer_reset(&text);
  }
  assert_in_range(made, 2, 10);
  assert_in_range(closed.count, 1, 10);
  map_clear(&seen, NULL);
  map_clear(&closed, NULL);
  arena_free(&arena);
  buffer_free(&text);
  tenant_free(tenant);
}

static void nobody_shares_an_address(void **state) {
  (void)state;
  struct people people;
  struct map seen = MAP_NONE;
  people_start(&people, 4, 5000, 20000);
  for (uint32_t i = 0; i < people.count; i++) {
    struct text email = people.list[i].email;
    assert_null(map_get(&seen, email));
    assert_true(text_is_ascii(email));
    map_put(&seen, email, &people);
  }
  assert_int_equal(people.list[PEOPLE_OWNER].role, PERSON_OWNER);
  assert_int_equal(people.list[PEOPLE_SERVICE].role, PERSON_SERVICE);
  map_clear(&seen, NULL);
  people_free(&people);
}

static void wrong_options_are_refused_with_the_reason(void **state) {
  (void)state;
  static const struct {
    struct tenant_options options;
    const char *reason;
  } cases[] = {
      {{.users = TENANT_USERS_MIN - 1, .days = 1, .from = FROM}, "20 to 1000000 users"},
      {{.users = TENANT_USERS_MAX + 1, .days = 1, .from = FROM}, "20 to 1000000 users"},
      {{.users = 20, .days = 0, .from = FROM}, "1 to 3660 days"},
      {{.users = 20, .days = 4000, .from = FROM}, "1 to 3660 days"},
      {{.users = 20, .days = 1, .from = 0}, "from 2000-01-01"},
      {{.users = 20, .days = 1, .from = TIME_NONE}, "from 2000-01-01"},
      {{.users = 20, .days = 2, .from = INT64_C(4102358400) * US_PER_SECOND}, "to 2099-12-31"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    assert_null(tenant_new(&cases[i].options, &error));
    assert_non_null(strstr(error.text, cases[i].reason));
  }
}

#define ATTACK_DAYS 12

/* A digest of the everyday records among all that the options give. */
static void digest_everyday(const struct tenant_options *options, uint8_t out[DIGEST_SIZE],
                            struct map *steps) {
  struct tenant *tenant = tenant_new(options, NULL);
  struct digest *digest = digest_new();
  struct buffer text = BUFFER_NONE, name = BUFFER_NONE;
  struct tenant_record record;
  time_us last = 0;
  while (tenant_next(tenant, &text, &record)) {
    assert_true(record.time >= last);
    last = record.time;
    if (record.attack) {
      buffer_printf(&name, "%s/%s/%s", record.attack, record.step, TENANT_LOG_NAMES[record.log]);
      map_put(steps, buffer_text(&name), tenant);
      buffer_reset(&name);
    } else {
      digest_update(digest, text.data, text.size);
    }
    buffer_reset(&text);
  }
  digest_final(digest, out);
  digest_free(digest);
  buffer_free(&text);
  buffer_free(&name);
  tenant_free(tenant);
}

/* All attacks at once: every step of each is there, and nothing else has changed. */
static void attacks_add_their_records_and_change_no_other(void **state) {
  (void)state;
  struct tenant_options options = options_of(9, 40, ATTACK_DAYS);
  struct map steps = MAP_NONE, none = MAP_NONE;
  uint8_t with[DIGEST_SIZE], without[DIGEST_SIZE];
  digest_everyday(&options, without, &none);
  assert_int_equal(none.count, 0);
  const char *names[32];
  char texts[32][64];
  assert_in_range(ATTACK_COUNT, 12, 32);
  for (size_t i = 0; i < ATTACK_COUNT; i++) {
    snprintf(texts[i], sizeof texts[i], "%s:day=%zu", ATTACKS[i]->name, 1 + i % 3);
    names[i] = texts[i];
  }
  options.attacks = names;
  options.attack_count = ATTACK_COUNT;
  digest_everyday(&options, with, &steps);
  assert_memory_equal(with, without, DIGEST_SIZE);
  for (size_t i = 0; i < ATTACK_COUNT; i++)
    for (size_t k = 0; k < ATTACKS[i]->step_count; k++) {
      const struct attack_step *step = &ATTACKS[i]->steps[k];
      char name[256];
      snprintf(name, sizeof name, "%s/%s/%s", ATTACKS[i]->name, step->words,
               TENANT_LOG_NAMES[step->log]);
      assert_non_null(map_get(&steps, text_from(name)));
    }
  map_clear(&steps, NULL);
  map_clear(&none, NULL);
}

static void attacks_are_listed_by_name_and_leave_several_logs(void **state) {
  (void)state;
  for (size_t i = 0; i < ATTACK_COUNT; i++) {
    unsigned logs = 0;
    for (size_t k = 0; k < ATTACKS[i]->step_count; k++)
      logs |= 1U << ATTACKS[i]->steps[k].log;
    assert_true((logs & (logs - 1)) != 0);
    if (i > 0)
      assert_true(strcmp(ATTACKS[i - 1]->name, ATTACKS[i]->name) < 0);
  }
}

static void a_wrong_attack_is_refused_with_those_that_there_are(void **state) {
  (void)state;
  static const struct {
    const char *attack, *reason;
  } cases[] = {{"meteorite", "unknown attack 'meteorite'; known are: account-takeover, "},
               {"", "unknown attack ''"},
               {"insider:", ":day=N, with N from 1 to 5"},
               {"insider:day=0", ":day=N, with N from 1 to 5"},
               {"insider:day=6", ":day=N, with N from 1 to 5"},
               {"insider:day=2x", ":day=N, with N from 1 to 5"},
               {"insider:day=-1", ":day=N, with N from 1 to 5"},
               {"insider:days=2", ":day=N, with N from 1 to 5"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct tenant_options options = options_of(1, 20, 5);
    struct error error = ERROR_NONE;
    options.attacks = &cases[i].attack;
    options.attack_count = 1;
    assert_null(tenant_new(&options, &error));
    assert_non_null(strstr(error.text, cases[i].reason));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_options_make_the_same_bytes_everywhere),
      cmocka_unit_test(another_seed_makes_another_tenant),
      cmocka_unit_test(records_are_json_in_order_of_time_with_the_fields_of_their_log),
      cmocka_unit_test(people_sleep_and_have_weekends),
      cmocka_unit_test(nobody_signs_in_before_the_account_is_made_or_after_it_is_closed),
      cmocka_unit_test(nobody_shares_an_address),
      cmocka_unit_test(wrong_options_are_refused_with_the_reason),
      cmocka_unit_test(attacks_add_their_records_and_change_no_other),
      cmocka_unit_test(attacks_are_listed_by_name_and_leave_several_logs),
      cmocka_unit_test(a_wrong_attack_is_refused_with_those_that_there_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
