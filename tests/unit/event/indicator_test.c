#include "base/memory.h"
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MD5 "D41D8CD98F00B204E9800998ECF8427E"
#define SHA1 "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void append(void *context, const char *name, struct text value) {
  struct buffer *buffer = context;
  buffer_printf(buffer, "%s%s=", buffer->size ? " " : "", name + strlen("p_any_"));
  buffer_append_text(buffer, value);
}

/* Reads one record by a schema and hands the event to `look`. */
static void with_event(const char *yaml, const char *record,
                       void (*look)(const struct event *event, struct buffer *out),
                       const char *expected) {
  struct problems problems = PROBLEMS_NONE;
  struct error error = ERROR_NONE;
  struct schema_set *set = schema_set_load_text(text_from(yaml), "t.yml", &problems);
  assert_int_equal(problems.count, 0);
  struct event_typing typing = {.schemas = set};
  struct event_reader *reader = event_reader_new(&typing, TEXT(""), TEXT(""));
  struct buffer padded = BUFFER_NONE, out = BUFFER_NONE;
  buffer_append_string(&padded, record);
  memset(buffer_reserve(&padded, JSON_PADDING), 0, JSON_PADDING);
  const struct event *event = event_read(reader, buffer_text(&padded), TEXT(""), 0, &error);
  if (!event)
    fail_msg("%s: %s", record, error.text);
  look(event, &out);
  assert_string_equal(out.data ? out.data : "", expected);
  event_reader_free(reader);
  schema_set_free(set);
  buffer_free(&padded);
  buffer_free(&out);
}

static void list(const struct event *event, struct buffer *out) {
  event_indicators(event, append, out);
}

static void each_kind_takes_what_it_recognises(void **state) {
  (void)state;
  static const struct {
    const char *kind, *value, *expected;
  } table[] = {
      {"ip", "192.0.2.1", "ip_addresses=192.0.2.1"},
      {"ip", " 192.0.2.1 ", "ip_addresses=192.0.2.1"},
      {"ip", "2001:DB8:0:0::1", "ip_addresses=2001:db8::1"},
      {"ip", "192.0.2.256", ""},
      {"ip", "", ""},
      {"domain", "Example.COM.", "domain_names=example.com"},
      {"domain", "two words", ""},
      {"domain", "a\\u0000b", ""},
      {"hostname", "Host.example", "domain_names=host.example"},
      {"hostname", "192.0.2.1", "ip_addresses=192.0.2.1"},
      {"url", "https://User:pw@Example.com:8443/a?b=@c#d", "domain_names=example.com"},
      {"url", "https://[2001:db8::1]:443/", "ip_addresses=2001:db8::1"},
      {"url", "http://192.0.2.1", "ip_addresses=192.0.2.1"},
      {"url", "http://", ""},
      {"url", "http:///path", ""},
      {"url", "http://@/", ""},
      {"url", "example.com/path", ""},
      {"url", "http://a.example\\\\@b.example/", "domain_names=a.example"},
      {"net_addr", "example.com:443", "domain_names=example.com"},
      {"net_addr", "192.0.2.1:443", "ip_addresses=192.0.2.1"},
      {"net_addr", "[2001:db8::1]:443", "ip_addresses=2001:db8::1"},
      {"net_addr", "2001:db8::1", "ip_addresses=2001:db8::1"},
      {"net_addr", "example.com", "domain_names=example.com"},
      {"net_addr", ":443", ""},
      {"email", "Homer.S@Example.COM", "emails=homer.s@example.com"},
      {"email", "no at", ""},
      {"email", "@example.com", ""},
      {"email", "homer@", ""},
      {"email", "a@b@c", ""},
      {"email", "Homer <homer@example.com>", ""},
      {"username", "Homer Simpson", "usernames=Homer Simpson"},
      {"username", "  ", ""},
      {"md5", MD5, "md5_hashes=d41d8cd98f00b204e9800998ecf8427e"},
      {"md5", SHA1, ""},
      {"sha1", SHA1, "sha1_hashes=" SHA1},
      {"sha256", SHA256, "sha256_hashes=" SHA256},
      {"sha256", "z3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ""},
      {"trace_id", "Root=1-ABC", "trace_ids=Root=1-ABC"},
      {"mac", "00:1A:2b:3C:4d:5E", "mac_addresses=00:1a:2b:3c:4d:5e"},
      {"mac", "001A2B3C4D5E", "mac_addresses=001a2b3c4d5e"},
      {"mac", "00:1A:2b:3C:4d:5", ""},
      {"mac", "00:1A:2b:3C:4d:5x", ""},
      {"actor_id, serial_number", "C02x", "actor_ids=C02x serial_numbers=C02x"},
      {"aws_arn", "arn:aws:iam::1:role/X", "aws_arns=arn:aws:iam::1:role/X"},
      {"aws_account_id, aws_instance_id, aws_tag", "i-1",
       "aws_account_ids=i-1 aws_instance_ids=i-1 aws_tags=i-1"},
      {"email, username", "A@b", "emails=a@b usernames=A@b"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char yaml[200], record[200];
    snprintf(yaml, sizeof yaml, "schema: T\nfields: [{name: f, type: string, indicators: [%s]}]\n",
             table[i].kind);
    snprintf(record, sizeof record, "{\"f\":\"%s\"}", table[i].value);
    with_event(yaml, record, list, table[i].expected);
  }
}

static void addresses_are_found_within_a_text(void **state) {
  (void)state;
  static const struct {
    const char *value, *expected;
  } table[] = {
      {"Update User Homer.S@Example.com  - Job Title: set to Inspector",
       "emails=homer.s@example.com"},
      {"a@example.com,b@example.com; c@example.org", "emails=a@example.com emails=b@example.com "
                                                     "emails=c@example.org"},
      {"<a+b@x-y.example.com>.", "emails=a+b@x-y.example.com"},
      {"to 'a_b%c@example.com'!", "emails=a_b%c@example.com"},
      {"...a@example.com...", "emails=a@example.com"},
      {"mailto:a@example.com?subject=x", "emails=a@example.com"},
      {"j\u00fcrgen@b\u00fcro.example", "emails=j\u00fcrgen@b\u00fcro.example"},
      {"a@b@example.com, c@example.com", "emails=c@example.com"},
      {"a@@example.com", ""},
      {"a@localhost", ""},
      {"@example.com a@ b", ""},
      {"a@.example.com a.@example.com", ""},
      {"a@-example.com", ""},
      {"192.0.2.1", "ip_addresses=192.0.2.1"},
      {"192.0.2.1,192.0.2.2", "ip_addresses=192.0.2.1 ip_addresses=192.0.2.2"},
      {"from 192.0.2.1:443 to [2001:DB8::1]:80.", "ip_addresses=192.0.2.1 "
                                                  "ip_addresses=2001:db8::1"},
      {"at 192.0.2.1. Then ::1:", "ip_addresses=192.0.2.1 ip_addresses=::1"},
      {"2001:db8::/32 192.0.2.0/24 is a network", ""},
      {"at 07:09:03, 6.1.2.41000, v1.2.3.4, 1.2.3.4.5, 1.2.3.4-5 and a:b", ""},
      {"https://192.0.2.1/x", "ip_addresses=192.0.2.1"},
      {"Address:192.0.2.1, a.b:192.0.2.2:80 x::1", "ip_addresses=192.0.2.1"},
      {"a@192.0.2.1", "emails=a@192.0.2.1 ip_addresses=192.0.2.1"},
      {"", ""},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char record[200], expected[200];
    snprintf(record, sizeof record, "{\"f\":\"%s\"}", table[i].value);
    snprintf(expected, sizeof expected, "%s", table[i].expected);
    for (char *at; (at = strstr(expected, "\\u00fc")) != NULL;) {
      memcpy(at, "\xc3\xbc", 2);
      memmove(at + 2, at + 6, strlen(at + 6) + 1);
    }
    with_event("schema: T\nfields: [{name: f, type: string, findIndicators: [email, ip]}]\n",
               record, list, expected);
  }
}

static void only_addresses_are_looked_for_within_a_text(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  schema_set_free(schema_set_load_text(
      TEXT("schema: T\nfields: [{name: f, type: string, findIndicators: [email, url, emial]}]\n"),
      "t.yml", &problems));
  assert_int_equal(problems.count, 2);
  assert_string_equal(problems.items[0].text,
                      "findIndicators: 'url' cannot be found within a text; "
                      "email and ip can");
  assert_string_equal(problems.items[1].text,
                      "findIndicators: unknown 'emial' (did you mean 'email'?)");
  problems_clear(&problems);
}

static void very_long_values_are_no_names(void **state) {
  (void)state;
  static const char *const kinds[] = {"domain", "hostname", "email", "ip", "net_addr"};
  char record[6000] = "{\"f\":\"a@";
  memset(record + strlen(record), 'x', 5000);
  strncat(record, "\"}", 3);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    char yaml[200];
    snprintf(yaml, sizeof yaml, "schema: T\nfields: [{name: f, type: string, indicators: [%s]}]\n",
             kinds[i]);
    with_event(yaml, record, list, "");
  }
}

#define OTHERS(text)                                                                               \
  " actor_ids=" text " serial_numbers=" text " aws_account_ids=" text " aws_arns=" text            \
  " aws_instance_ids=" text " aws_tags=" text

static void a_text_is_every_indicator_that_it_can_be(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected;
  } table[] = {
      {" Homer@Example.com ",
       "emails=homer@example.com domain_names=homer@example.com "
       "usernames=Homer@Example.com trace_ids=Homer@Example.com" OTHERS("Homer@Example.com")},
      {"2001:DB8:0::1", "ip_addresses=2001:db8::1 usernames=2001:DB8:0::1 "
                        "trace_ids=2001:DB8:0::1" OTHERS("2001:DB8:0::1")},
      {"00-1A-2B-3C-4D-5E",
       "domain_names=00-1a-2b-3c-4d-5e usernames=00-1A-2B-3C-4D-5E "
       "trace_ids=00-1A-2B-3C-4D-5E mac_addresses=00-1a-2b-3c-4d-5e" OTHERS("00-1A-2B-3C-4D-5E")},
      {MD5, "domain_names=d41d8cd98f00b204e9800998ecf8427e usernames=" MD5
            " md5_hashes=d41d8cd98f00b204e9800998ecf8427e trace_ids=" MD5 OTHERS(MD5)},
      {"", ""},
      {" ", ""},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct buffer out = BUFFER_NONE;
    indicators_of_text(text_from(table[i].text), append, &out);
    assert_string_equal(out.data ? out.data : "", table[i].expected);
    buffer_free(&out);
  }
}

/* Stores have these numbers in their index. */
static void the_number_of_an_indicator_never_changes(void **state) {
  (void)state;
  assert_int_equal(indicator_number("p_any_emails", TEXT("homer@example.com")),
                   UINT64_C(0x26b8ed2968491cab));
  assert_int_equal(indicator_number("p_any_usernames", TEXT("homer@example.com")),
                   UINT64_C(0x4a4f26c750ca993c));
  assert_int_equal(indicator_number("p_any_ip_addresses", TEXT("::1")),
                   UINT64_C(0x4917066fa0936510));
  assert_int_equal(indicator_number("", TEXT("")), UINT64_C(0x0000000000000000));
}

static const char nested[] =
    "schema: T\nfields:\n"
    "  - {name: who, type: string, indicators: [email], mask: {type: redact}}\n"
    "  - {name: list, type: array, element: {type: string, indicators: [ip]}}\n"
    "  - {name: o, type: object, fields: [{name: by, type: string, indicators: [email]}]}\n"
    "  - {name: e, type: object, isEmbeddedJSON: true, fields: [{name: by, type: string, "
    "indicators: [email]}]}\n"
    "  - {name: c, type: string, indicators: [username], copy: {from: o.name}}\n";

static void they_are_found_in_lists_objects_and_made_fields(void **state) {
  (void)state;
  with_event(nested,
             "{\"list\":[\"192.0.2.2\",null,\"192.0.2.1\"],\"o\":{\"by\":\"B@x\",\"name\":\"N\","
             "\"more\":\"c@x\"},\"e\":\"{\\\"by\\\":\\\"e@x\\\"}\",\"who\":\"secret@x\"}",
             list,
             "ip_addresses=192.0.2.2 ip_addresses=192.0.2.1 emails=b@x emails=e@x usernames=N");
}

static void write_event(const struct event *event, struct buffer *out) {
  struct buffer whole = BUFFER_NONE;
  event_write(event, &whole);
  const char *any = strstr(whole.data, ",\"p_any_");
  buffer_append_string(out, any ? any : "");
  buffer_free(&whole);
}

static void they_are_written_sorted_and_once(void **state) {
  (void)state;
  with_event(nested,
             "{\"list\":[\"192.0.2.2\",\"192.0.2.1\",\"192.0.2.2\"],\"o\":{\"by\":\"E@x\","
             "\"name\":\"\\\"N\\u0000\"},\"e\":\"{\\\"by\\\":\\\"e@x\\\"}\"}",
             write_event,
             ",\"p_any_emails\":[\"e@x\"],\"p_any_ip_addresses\":[\"192.0.2.1\",\"192.0.2.2\"],"
             "\"p_any_usernames\":[\"\\\"N\\u0000\"]}");
  with_event(nested, "{}", write_event, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_takes_what_it_recognises),
      cmocka_unit_test(addresses_are_found_within_a_text),
      cmocka_unit_test(only_addresses_are_looked_for_within_a_text),
      cmocka_unit_test(very_long_values_are_no_names),
      cmocka_unit_test(a_text_is_every_indicator_that_it_can_be),
      cmocka_unit_test(the_number_of_an_indicator_never_changes),
      cmocka_unit_test(they_are_found_in_lists_objects_and_made_fields),
      cmocka_unit_test(they_are_written_sorted_and_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
