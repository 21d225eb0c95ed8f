#include "sim/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#define START (INT64_C(1711000000) * US_PER_SECOND)
#define END (START + US_PER_DAY)
#define COUNT 5000

typedef const char *(*record_maker)(struct generator *generator, struct buffer *out, time_us *time);

static const struct {
  record_maker make;
  const char *time_key;
  const char *keys[6];
} KINDS[] = {
    {generate_operation, "time", {"operator", "category_type", "action", "operation_detail"}},
    {generate_activity, "time", {"email", "type", "ip_address", "client_type", "version"}},
    {generate_meeting_activity,
     "activity_time",
     {"meeting_number", "operator", "operator_email", "activity_category", "activity_detail"}},
    {generate_phone_operation, "time", {"operator", "category_type", "action", "operation_detail"}},
    {generate_contact_center_operation,
     "time",
     {"operator", "category", "action", "operation_detail", "operation_log_id", "object_id"}},
    {generate_remote_support,
     "start_time",
     {"supporter_email", "supportee_name", "request_time", "end_time", "duration", "topic"}},
    {generate_video_sdk_operation,
     "time",
     {"operator", "category_type", "action", "operation_detail"}},
};
#define KIND_COUNT (sizeof KINDS / sizeof *KINDS)

static struct generate_options options_of(uint64_t seed, uint64_t count) {
  return (struct generate_options){seed, count, START, END, GENERATE_MATCH_SHARE};
}

/* `count` records, one a line. */
static char *make_records(record_maker make, uint64_t seed, uint64_t count) {
  struct generate_options options = options_of(seed, count);
  struct generator generator;
  struct buffer out = BUFFER_NONE;
  generator_start(&generator, &options);
  for (uint64_t i = 0; i < count; i++) {
    make(&generator, &out, NULL);
    buffer_append_char(&out, '\n');
  }
  generator_free(&generator);
  return buffer_steal(&out);
}

static void the_same_seed_gives_the_same_records(void **state) {
  (void)state;
  for (size_t kind = 0; kind < KIND_COUNT; kind++) {
    char *one = make_records(KINDS[kind].make, 7, COUNT);
    char *two = make_records(KINDS[kind].make, 7, COUNT);
    assert_string_equal(one, two);
    free(one);
    free(two);
  }
}

static void another_seed_gives_other_records(void **state) {
  (void)state;
  for (size_t kind = 0; kind < KIND_COUNT; kind++) {
    char *one = make_records(KINDS[kind].make, 7, 20);
    char *two = make_records(KINDS[kind].make, 8, 20);
    assert_string_not_equal(one, two);
    free(one);
    free(two);
  }
}

static void every_record_is_json_with_the_fields_of_its_kind(void **state) {
  (void)state;
  for (size_t kind = 0; kind < KIND_COUNT; kind++) {
    char *records = make_records(KINDS[kind].make, 3, COUNT);
    size_t lines = 0;
    for (char *line = records, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
      json_t *record = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
      assert_true(json_is_object(record));
      assert_true(json_is_string(json_object_get(record, KINDS[kind].time_key)));
      for (size_t i = 0; i < 6 && KINDS[kind].keys[i]; i++)
        assert_true(json_is_string(json_object_get(record, KINDS[kind].keys[i])));
      json_decref(record);
    }
    assert_int_equal(lines, COUNT);
    free(records);
  }
}

static void no_place_of_a_pattern_is_left_open(void **state) {
  (void)state;
  for (size_t kind = 0; kind < KIND_COUNT; kind++) {
    char *records = make_records(KINDS[kind].make, 5, COUNT);
    assert_null(strchr(records, '%'));
    free(records);
  }
}

static void times_rise_from_start_to_end(void **state) {
  (void)state;
  for (size_t kind = 0; kind < KIND_COUNT; kind++) {
    struct generate_options options = options_of(1, COUNT);
    struct generator generator;
    struct buffer out = BUFFER_NONE;
    time_us last = START, time = 0;
    generator_start(&generator, &options);
    for (int i = 0; i < COUNT; i++) {
      buffer_reset(&out);
      KINDS[kind].make(&generator, &out, &time);
      assert_true(time >= last && time <= END);
      last = time;
      json_t *record = json_loads(out.data, 0, NULL);
      time_us written;
      assert_true(time_parse(
          text_from(json_string_value(json_object_get(record, KINDS[kind].time_key))), &written));
      assert_int_equal(written, time);
      json_decref(record);
    }
    assert_int_equal(last, END);
    generator_free(&generator);
    buffer_free(&out);
  }
}

static void the_share_of_matches_is_about_what_was_asked(void **state) {
  (void)state;
  static const struct {
    double share;
    int least, most;
  } cases[] = {{0, 0, 0}, {0.01, 120, 280}, {0.5, 9500, 10500}, {1, 20000, 20000}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct generate_options options = options_of(11, 20000);
    options.match_share = cases[i].share;
    struct generator generator;
    struct buffer out = BUFFER_NONE;
    int matches = 0;
    generator_start(&generator, &options);
    for (int k = 0; k < 20000; k++) {
      buffer_reset(&out);
      matches += generate_operation(&generator, &out, NULL) != NULL;
    }
    assert_in_range(matches, cases[i].least, cases[i].most);
    generator_free(&generator);
    buffer_free(&out);
  }
}

static void one_record_stands_at_the_end_and_none_needs_no_span(void **state) {
  (void)state;
  struct generate_options options = {1, 1, END, END, 0};
  struct generator generator;
  struct buffer out = BUFFER_NONE;
  time_us time;
  generator_start(&generator, &options);
  generate_operation(&generator, &out, &time);
  assert_int_equal(time, END);
  generator_free(&generator);
  buffer_free(&out);
}

static void numbers_of_one_seed_are_the_published_ones(void **state) {
  (void)state;
  struct random random = {0};
  assert_true(random_next(&random) == UINT64_C(0xe220a8397b1dcdaf));
  assert_true(random_next(&random) == UINT64_C(0x6e789e6aa1b965f4));
}

static void a_bound_is_never_reached(void **state) {
  (void)state;
  struct random random = {42};
  for (int i = 0; i < 10000; i++)
    assert_in_range(random_below(&random, 7), 0, 6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_seed_gives_the_same_records),
      cmocka_unit_test(another_seed_gives_other_records),
      cmocka_unit_test(every_record_is_json_with_the_fields_of_its_kind),
      cmocka_unit_test(no_place_of_a_pattern_is_left_open),
      cmocka_unit_test(times_rise_from_start_to_end),
      cmocka_unit_test(the_share_of_matches_is_about_what_was_asked),
      cmocka_unit_test(one_record_stands_at_the_end_and_none_needs_no_span),
      cmocka_unit_test(numbers_of_one_seed_are_the_published_ones),
      cmocka_unit_test(a_bound_is_never_reached),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
