#include "event/lookup/lookup_fixture.h"
#include "event/lookup/lookup_mmdb_value.h"
#include "event/lookup/lookup_watch.h"
#include "event/lookup/mmdb_writer.h"

/* A place as a city file has it: { country = { iso_code, names = { en } }, location = { … } }. */
static uint32_t put_place(struct mmdb_writer *writer, const char *code, const char *name,
                          double latitude) {
  struct buffer *data = &writer->data;
  uint32_t offset = (uint32_t)data->size;
  mmdb_put_map(data, 2);
  mmdb_put_text(data, "country");
  mmdb_put_map(data, 2);
  mmdb_put_text(data, "iso_code");
  mmdb_put_text(data, code);
  mmdb_put_text(data, "names");
  mmdb_put_map(data, 1);
  mmdb_put_text(data, "en");
  mmdb_put_text(data, name);
  mmdb_put_text(data, "location");
  mmdb_put_map(data, 1);
  mmdb_put_text(data, "latitude");
  mmdb_put_double(data, latitude);
  return offset;
}

/* Twenty networks of five places, some within others. */
static void write_world(struct buffer *out, unsigned record_size) {
  static struct mmdb_writer writer;
  static const char *const networks[][5] = {
      {"192.0.2.0/24", "198.51.100.0/25", "203.0.113.0/26", "2001:db8::/32", "10.0.0.0/8"},
      {"198.51.100.128/25", "203.0.113.64/26", "10.1.0.0/16", "2001:db8:1::/48", "172.16.0.0/12"},
      {"10.1.2.0/24", "203.0.113.128/26", "2001:db8:2::/48", "100.64.0.0/10", "169.254.0.0/16"},
      {"10.1.2.3/32", "203.0.113.192/26", "2001:db8:1:1::/64", "192.168.0.0/16",
       "2001:db8:3::1/128"},
  };
  static const char *const codes[] = {"AA", "BB", "CC", "DD"};
  static const char *const names[] = {"Aland", "Bland", "Cland", "Dland"};
  mmdb_writer_start(&writer, record_size);
  for (size_t i = 0; i < 4; i++) {
    uint32_t offset = put_place(&writer, codes[i], names[i], (double)i * 10 + 0.5);
    for (size_t k = 0; k < 5; k++)
      mmdb_writer_network(&writer, networks[i][k], offset);
  }
  mmdb_writer_finish(&writer, out);
}

static void load(struct lookup_fixture *fixture, const struct buffer *bytes) {
  lookup_fixture_clear(fixture);
  lookup_fixture_write(fixture, "t.mmdb", bytes->data, bytes->size);
  fixture->options = (struct lookup_options){.name = TEXT("t"), .path = fixture->path};
  fixture->set = lookup_set_load(&fixture->options, 1, &fixture->problems);
}

static void addresses_are_found_in_the_smallest_network(void **state) {
  struct lookup_fixture *fixture = *state;
  static const unsigned record_sizes[] = {24, 28, 32};
  static const struct {
    const char *address, *found;
  } rows[] = {
      {"192.0.2.77", "{country:{iso_code:\"AA\",names:{en:\"Aland\"}},location:{latitude:0.500}}"},
      {"10.1.2.3", "{country:{iso_code:\"DD\",names:{en:\"Dland\"}},location:{latitude:30.500}}"},
      {"10.1.2.4", "{country:{iso_code:\"CC\",names:{en:\"Cland\"}},location:{latitude:20.500}}"},
      {"10.1.3.4", "{country:{iso_code:\"BB\",names:{en:\"Bland\"}},location:{latitude:10.500}}"},
      {"10.2.3.4", "{country:{iso_code:\"AA\",names:{en:\"Aland\"}},location:{latitude:0.500}}"},
      {"::ffff:203.0.113.200",
       "{country:{iso_code:\"DD\",names:{en:\"Dland\"}},location:{latitude:30.500}}"},
      {"2001:db8:1:1::7",
       "{country:{iso_code:\"DD\",names:{en:\"Dland\"}},location:{latitude:30.500}}"},
      {"2001:db8:9::1",
       "{country:{iso_code:\"AA\",names:{en:\"Aland\"}},location:{latitude:0.500}}"},
      {"2001:db9::1", "none"},
      {"8.8.8.8", "none"},
      {"not an address", "none"},
      {"10.0.0.0/8", "none"},
  };
  for (size_t size = 0; size < 3; size++) {
    struct buffer bytes = BUFFER_NONE;
    write_world(&bytes, record_sizes[size]);
    load(fixture, &bytes);
    lookup_fixture_expect_no_problems(fixture);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
      assert_string_equal(lookup_fixture_find(fixture, rows[i].address), rows[i].found);
    buffer_free(&bytes);
  }
}

static void every_type_of_data_is_read(void **state) {
  static struct mmdb_writer writer;
  struct lookup_fixture *fixture = *state;
  struct buffer bytes = BUFFER_NONE, *data = &writer.data;
  mmdb_writer_start(&writer, 24);
  mmdb_put_text(data, "shared");
  uint32_t offset = (uint32_t)data->size;
  mmdb_put_map(data, 9);
  mmdb_put_pointer(data, 0);
  mmdb_put_pointer(data, 0);
  mmdb_put_text(data, "u16");
  mmdb_put_number(data, 5, 64496, 2);
  mmdb_put_text(data, "u32");
  mmdb_put_number(data, 6, 7, 1);
  mmdb_put_text(data, "i32");
  mmdb_put_number(data, 8, 0xfffffffe, 4);
  mmdb_put_text(data, "u64");
  mmdb_put_number(data, 9, UINT64_MAX, 8);
  mmdb_put_text(data, "u128");
  mmdb_put_number(data, 10, 0x0102, 2);
  mmdb_put_text(data, "yes");
  mmdb_put_head(data, 14, 1);
  mmdb_put_text(data, "float");
  mmdb_put_number(data, 15, 0x3fc00000, 4);
  mmdb_put_text(data, "list");
  mmdb_put_head(data, 11, 2);
  mmdb_put_text(data, "a");
  mmdb_put_head(data, 14, 0);
  mmdb_writer_network(&writer, "192.0.2.0/24", offset);
  mmdb_writer_finish(&writer, &bytes);
  load(fixture, &bytes);
  lookup_fixture_expect_no_problems(fixture);
  assert_string_equal(lookup_fixture_find(fixture, "192.0.2.1"),
                      "{shared:\"shared\",u16:64496,u32:7,i32:-2,u64:18446744073709551616.000,"
                      "u128:\"0x0102\",yes:true,float:1.500,list:[\"a\",false]}");
  buffer_free(&bytes);
}

static void expect_damaged(const struct buffer *data, const char *message) {
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  assert_false(lookup_mmdb_value(buffer_text(data), 0, &out, &error));
  assert_string_equal(error.text, message);
  buffer_free(&out);
}

static void damaged_data_is_an_error(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
    const char *message;
  } rows[] = {
      {"", 0, "the file is damaged: a value goes on beyond its end"},
      {"\x43"
       "ab",
       3, "the file is damaged: a text goes on beyond its end"},
      {"\xe1\x41", 2, "the file is damaged: a text goes on beyond its end"},
      {"\xe1\xa1\x01\x41x", 5, "the file is damaged: a map's key is no text"},
      {"\x20\x00", 2, "the file is damaged: a pointer leads to a pointer"},
      {"\x3f\xff\xff\xff\xff", 5, "the file is damaged: a value goes on beyond its end"},
      {"\x61\x00", 2, "the file is damaged: a number has a wrong size"},
      {"\xa3\x00\x00\x00", 4, "the file is damaged: a number has a wrong size"},
      {"\x00\x06", 2, "the file is damaged: a value has a type that no data has"},
      {"\x00\xff", 2, "the file is damaged: a value has a type that no data has"},
      {"\xff\xff\xff\xff", 4, "the file is damaged: an entry has too many values"},
      {"\x5f\xff\xff\xff", 4, "the file is damaged: a text goes on beyond its end"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct buffer data = BUFFER_NONE;
    buffer_append(&data, rows[i].bytes, rows[i].size);
    expect_damaged(&data, rows[i].message);
    buffer_free(&data);
  }
}

/* Maps that contain themselves, and lists of lists that would become 16^16 values. */
static void endless_data_is_an_error(void **state) {
  (void)state;
  struct buffer loop = BUFFER_NONE, wide = BUFFER_NONE;
  mmdb_put_map(&loop, 1);
  mmdb_put_text(&loop, "a");
  mmdb_put_pointer(&loop, 0);
  expect_damaged(&loop, "the file is damaged: an entry is too deep or too large");
  enum { LEVELS = 16, WIDTH = 16, LIST_BYTES = 2 + 2 * WIDTH };
  for (uint32_t level = 0; level < LEVELS; level++) {
    mmdb_put_head(&wide, 11, WIDTH);
    for (uint32_t i = 0; i < WIDTH; i++)
      mmdb_put_pointer(&wide, (level + 1) * LIST_BYTES);
  }
  mmdb_put_text(&wide, "end");
  expect_damaged(&wide, "the file is damaged: an entry is too deep or too large");
  buffer_free(&loop);
  buffer_free(&wide);
}

/* Every truncated file, and every file with one byte inverted, gives an answer or an error. */
static void no_damage_is_worse_than_an_error(void **state) {
  struct lookup_fixture *fixture = *state;
  struct buffer bytes = BUFFER_NONE;
  static const char *const addresses[] = {"10.1.2.3", "2001:db8:1:1::7", "8.8.8.8"};
  write_world(&bytes, 24);
  for (size_t i = 0; i < bytes.size; i += 7) {
    struct text cut = {bytes.data, i};
    struct buffer damaged = BUFFER_NONE;
    buffer_append_text(&damaged, i % 2 ? buffer_text(&bytes) : cut);
    if (i % 2)
      damaged.data[i] = (char)(damaged.data[i] ^ 0xff);
    if (damaged.size > 0) {
      load(fixture, &damaged);
      for (size_t k = 0; k < 3; k++)
        assert_non_null(lookup_fixture_find(fixture, addresses[k]));
    }
    buffer_free(&damaged);
  }
  buffer_free(&bytes);
}

static void a_new_file_is_read_again(void **state) {
  struct lookup_fixture *fixture = *state;
  static struct mmdb_writer writer;
  struct buffer bytes = BUFFER_NONE;
  write_world(&bytes, 24);
  load(fixture, &bytes);
  buffer_reset(&bytes);
  mmdb_writer_start(&writer, 24);
  mmdb_writer_network(&writer, "8.8.8.0/24", put_place(&writer, "ZZ", "Zland", 1));
  mmdb_writer_finish(&writer, &bytes);
  lookup_fixture_write(fixture, "t.mmdb", bytes.data, bytes.size);
  struct lookup_set *next = lookup_set_refresh(fixture->set, &fixture->problems);
  lookup_set_release(fixture->set);
  fixture->set = next;
  assert_string_equal(lookup_fixture_find(fixture, "10.1.2.3"), "none");
  assert_string_equal(lookup_fixture_find(fixture, "8.8.8.8"),
                      "{country:{iso_code:\"ZZ\",names:{en:\"Zland\"}},location:{latitude:1.000}}");
  buffer_free(&bytes);
}

/* What the examples of the documents look up. To make it anew: delete it, and run this with
 * MARGAY_WRITE_FIXTURES in the environment. */
static void the_fixture_is_what_the_writer_makes(void **state) {
  (void)state;
  struct buffer bytes = BUFFER_NONE;
  write_world(&bytes, 24);
  FILE *file = fopen("fixtures/lookups/places.mmdb", "rb");
  if (!file && getenv("MARGAY_WRITE_FIXTURES")) {
    file = fopen("fixtures/lookups/places.mmdb", "w+b");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    rewind(file);
  }
  assert_non_null(file);
  char *there = memory_alloc(bytes.size + 1);
  assert_int_equal(fread(there, 1, bytes.size + 1, file), bytes.size);
  assert_memory_equal(there, bytes.data, bytes.size);
  fclose(file);
  free(there);
  buffer_free(&bytes);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, lookup_fixture_start, lookup_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(addresses_are_found_in_the_smallest_network),
      TEST(every_type_of_data_is_read),
      cmocka_unit_test(damaged_data_is_an_error),
      cmocka_unit_test(endless_data_is_an_error),
      TEST(no_damage_is_worse_than_an_error),
      TEST(a_new_file_is_read_again),
      cmocka_unit_test(the_fixture_is_what_the_writer_makes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
