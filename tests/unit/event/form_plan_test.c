/*
 * Records of known forms: what is read of a block of records that look alike must be what is read
 * of each by itself, whatever their values are.
 */
#include "event/event_fixture.h"
#include "sim/random.h"

#define PICK(random, list) (list)[random_below((random), sizeof(list) / sizeof(list)[0])]
#define RECORDS 1000

static const char *const schemas[] = {
    "schema: T\n"
    "fields:\n"
    "  - {name: time, type: timestamp, timeFormats: [rfc3339, unix], isEventTime: true}\n"
    "  - {name: a, type: string, required: true}\n"
    "  - {name: b, type: int}\n"
    "  - {name: c, type: object, fields: [{name: d, type: bigint}, {name: e, type: string,\n"
    "     validate: {allow: [x, yy]}}, {name: f, type: array, element: {type: boolean}}]}\n",
    /* the second place of a time, and a field that is required within another */
    "schema: T\n"
    "fields:\n"
    "  - {name: b, type: timestamp, timeFormat: unix, isEventTime: true}\n"
    "  - {name: time, type: string, required: true}\n"
    "  - {name: c, type: object, fields: [{name: d, type: smallint, required: true},\n"
    "     {name: e, type: timestamp, timeFormat: rfc3339, isEventTime: true}]}\n",
    "schema: T\n"
    "strict: true\n"
    "fields:\n"
    "  - {name: time, type: string, rename: {from: a}}\n"
    "  - {name: a2, type: string, copy: {from: c.e}}\n"
    "  - {name: c, type: json}\n",
};

static const char *const forms[] = {
    "{`time`:m,`a`:t,`b`:v,`c`:{`d`:v,`e`:t,`f`:[v,v]}}",
    "{`time`:m,`a`:t,`b`:v}",
    "{`time`:v,`a`:v,`b`:v,`c`:{`d`:{},`e`:[],`f`:{`g`:v}}}",
    "{`a`:t,`time`:m,`c`:{`e`:t,`d`:v}}",
    /* what comes behind something within */
    "{`c`:{`d`:v},`time`:m,`a`:t,`b`:v}",
    "{`c`:{`d`:v,`e`:t},`time`:m,`a`:t,`b`:v}",
    /* what is required is not there, of this record or within it; and what is made of others */
    "{`time`:m,`c`:{`f`:[l]}}",
    "{`time`:m,`a`:t,`c`:{`f`:[l]}}",
    "{`time`:m,`b`:v,`c`:{`e`:t}}",
    "{`a`:t,`c`:{`e`:t}}",
};

/* Of the schemas that ship, of which an event's name chooses one, or the keys leave two. */
static const char *const bundled_forms[] = {
    "{`event`:n,`event_ts`:v,`payload`:{`account_id`:t,`object`:{`id`:v,`email`:t}}}",
    "{`event`:v,`event_ts`:v,`payload`:{`account_id`:t,`object`:{`id`:v,`email`:t}}}",
    "{`time`:m,`operator`:t,`category_type`:t,`action`:t,`operation_detail`:t}",
    "{`time`:m,`email`:t,`type`:t,`ip_address`:t,`client_type`:t,`version`:t}",
    "{`time`:m,`email`:t,`type`:t,`ip_address`:t,`client_type`:t,`version`:v,k:t}",
};

/* A list of some length, which makes it a form of its own. */
static void add_list(struct random *random, struct buffer *block) {
  for (unsigned left = random_below(random, 400); left > 0; left--)
    buffer_append_string(block, "true,");
  buffer_append_string(block, random_chance(random, 0.5) ? "false" : "1");
}

/* A record of one of the forms: v is a scalar, t a text, m most often a time, n an event's name, k
 * one of many keys, l a list. */
static void add_record(struct random *random, const char *form, struct buffer *block) {
  static const char *const scalars[] = {"1",    "0",     "70000", "1700000000", "99999999999",
                                        "true", "false", "null",  "1.5",        "-3"};
  static const char *const texts[] = {"x",   "yy", "2024-03-21T07:09:03Z", "2024-03-21T07:09:63Z",
                                      "\\n", "",   "1700000000",           "2024-03-22T07:09:03Z"};
  static const char *const names[] = {"meeting.started", "user.created", "user.x", "x", ""};
  bool in_key = false;
  for (const char *at = form; *at; at++) {
    in_key ^= *at == '`';
    if (*at == 't' && !in_key)
      buffer_printf(block, "\"%s\"", PICK(random, texts));
    else if (*at == 'm' && !in_key)
      buffer_printf(block, "\"%s\"",
                    random_chance(random, 0.8) ? "2024-03-21T07:09:03Z" : PICK(random, texts));
    else if (*at == 'n' && !in_key)
      buffer_printf(block, "\"%s\"", PICK(random, names));
    else if (*at == 'l' && !in_key)
      add_list(random, block);
    else if (*at == 'k' && !in_key)
      buffer_printf(block, "\"k%u\"", random_below(random, 100));
    else if (*at == 'v' && !in_key)
      buffer_append_string(block, random_chance(random, 0.7) ? "12" : PICK(random, scalars));
    else
      buffer_append_char(block, *at == '`' ? '"' : *at);
  }
  buffer_append_char(block, '\n');
}

static void assert_same_event(struct fixture *fixture, struct event_reader *ahead,
                              struct text record) {
  struct error error = ERROR_NONE;
  struct buffer other = BUFFER_NONE;
  const struct event *event = event_read(ahead, record, TEXT(""), NOW, &error);
  const struct event *alone = read_as(fixture, record, TEXT(""));
  assert_string_equal(error.text, fixture->error.text);
  if (alone) {
    buffer_reset(&fixture->out);
    event_write(alone, &fixture->out);
    event_write(event, &other);
    assert_true(text_equal(buffer_text(&other), buffer_text(&fixture->out)));
    assert_int_equal(event->event_time, alone->event_time);
    assert_int_equal(event->undated, alone->undated);
    assert_ptr_equal(event->schema, alone->schema);
    assert_int_equal(event->unknown_fields, alone->unknown_fields);
    assert_int_equal(event->schema_errors->count, alone->schema_errors->count);
  }
  buffer_free(&other);
}

/* The schemas are the fixture's. */
static void assert_same_events(struct fixture *fixture, struct buffer *block) {
  struct event_reader *ahead = event_reader_new(&(struct event_typing){.schemas = fixture->schemas},
                                                TEXT("zoom-1"), TEXT(""));
  memset(buffer_reserve(block, JSON_PADDING), 0, JSON_PADDING);
  const char *line = block->data, *end = line + block->size;
  event_read_ahead(ahead, buffer_text(block));
  for (const char *next; line < end; line = next + 1) {
    next = memchr(line, '\n', (size_t)(end - line));
    assert_same_event(fixture, ahead, (struct text){line, (size_t)(next - line)});
  }
  event_read_ahead(ahead, TEXT(""));
  event_reader_free(ahead);
}

static void records_of_known_forms_are_the_same_events(void **state) {
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
    struct random random = {.state = i};
    struct buffer block = BUFFER_NONE;
    use_schema(fixture, schemas[i]);
    for (size_t record = 0; record < RECORDS; record++)
      add_record(&random, PICK(&random, forms), &block);
    assert_same_events(fixture, &block);
    buffer_free(&block);
  }
}

/* More keys than there are places for layouts: each that is worked out ends all plans. */
static void known_forms_leave_the_choice_of_a_schema_as_it_is(void **state) {
  struct fixture *fixture = *state;
  struct random random = {.state = 1};
  struct buffer block = BUFFER_NONE;
  use_bundled(fixture);
  for (size_t record = 0; record < RECORDS; record++)
    add_record(&random, PICK(&random, bundled_forms), &block);
  assert_same_events(fixture, &block);
  buffer_free(&block);
}

/* A form that needs more room is learned from a record that no schema takes, whose keys are known:
 * the slots of the record before are in memory that is gone. */
static void slots_are_those_of_the_record_that_was_read(void **state) {
  static const char usual[] = "{\"time\":\"2024-03-21T07:09:03Z\",\"a\":\"x\",\"b\":12}\n";
  struct fixture *fixture = *state;
  struct buffer block = BUFFER_NONE;
  use_schema(fixture, schemas[0]);
  buffer_append_string(&block, "{\"c\":{}}\n");
  for (unsigned i = 0; i < 3; i++)
    buffer_append_string(&block, usual);
  buffer_append_string(&block, "{\"c\":[12");
  for (unsigned i = 0; i < 500; i++)
    buffer_append_string(&block, ",12");
  buffer_append_string(&block, "]}\n");
  buffer_append_string(&block, usual);
  assert_same_events(fixture, &block);
  buffer_free(&block);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(records_of_known_forms_are_the_same_events, start, stop),
      cmocka_unit_test_setup_teardown(known_forms_leave_the_choice_of_a_schema_as_it_is, start,
                                      stop),
      cmocka_unit_test_setup_teardown(slots_are_those_of_the_record_that_was_read, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
