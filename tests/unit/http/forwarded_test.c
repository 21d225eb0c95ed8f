/* Whom a request comes from, by the word of trusted proxies, as a table. */
#include "http/forwarded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { HEADERS_MAX = 2 };

static const struct row {
  const char *peer;
  const char *headers[HEADERS_MAX];
  const char *client;
} rows[] = {
    /* nobody who is trusted speaks */
    {"192.0.2.1", {NULL}, "192.0.2.1"},
    {"192.0.2.1", {"198.51.100.7"}, "192.0.2.1"},
    {"10.1.2.3", {NULL}, "10.1.2.3"},
    /* one proxy, and what the client has sent before it */
    {"10.1.2.3", {"198.51.100.7"}, "198.51.100.7"},
    {"10.1.2.3", {"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
    {"10.1.2.3", {"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
    {"10.1.2.3", {"10.9.9.9, 198.51.100.7"}, "198.51.100.7"},
    /* two */
    {"10.1.2.3", {"198.51.100.7, 10.4.5.6"}, "198.51.100.7"},
    {"10.1.2.3", {"198.51.100.7", "10.4.5.6"}, "198.51.100.7"},
    {"10.1.2.3", {"10.7.7.7, 10.4.5.6"}, "10.7.7.7"},
    /* forms */
    {"10.1.2.3", {" 198.51.100.7:4711 "}, "198.51.100.7"},
    {"10.1.2.3", {"2001:db8::7"}, "2001:db8::7"},
    {"10.1.2.3", {"[2001:db8::7]:80"}, "2001:db8::7"},
    {"10.1.2.3", {"::ffff:198.51.100.7"}, "198.51.100.7"},
    {"fd00::1", {"2001:db8::7"}, "2001:db8::7"},
    /* no address */
    {"10.1.2.3", {"unknown"}, "10.1.2.3"},
    {"10.1.2.3", {"198.51.100.7, unknown"}, "10.1.2.3"},
    {"10.1.2.3", {"198.51.100.7,"}, "10.1.2.3"},
    {"10.1.2.3", {""}, "10.1.2.3"},
    {"10.1.2.3", {"[2001:db8::7"}, "10.1.2.3"},
    {"10.1.2.3", {"[]"}, "10.1.2.3"},
    {"10.1.2.3", {"198.51.100.7 198.51.100.8"}, "10.1.2.3"},
    {"10.1.2.3", {"for=198.51.100.7"}, "10.1.2.3"},
};

static const struct row standard_rows[] = {
    /* RFC 7239 section 4 */
    {"10.1.2.3", {"for=192.0.2.43, for=198.51.100.17"}, "198.51.100.17"},
    {"10.1.2.3", {"For=\"[2001:db8:cafe::17]:4711\""}, "2001:db8:cafe::17"},
    {"10.1.2.3", {"proto=http; for=192.0.2.60 ;by=203.0.113.43"}, "192.0.2.60"},
    {"10.1.2.3", {"for=192.0.2.60;by=203.0.113.43, for=10.4.5.6"}, "192.0.2.60"},
    {"10.1.2.3", {"for=\"192.0.2.60:80\""}, "192.0.2.60"},
    {"10.1.2.3", {"for=192.0.2.60, for=_hidden"}, "10.1.2.3"},
    {"10.1.2.3", {"by=192.0.2.60"}, "10.1.2.3"},
    {"10.1.2.3", {"192.0.2.60"}, "10.1.2.3"},
    {"10.1.2.3", {"for="}, "10.1.2.3"},
    {"10.1.2.3", {"for=\""}, "10.1.2.3"},
    {"10.1.2.3", {";;,;"}, "10.1.2.3"},
};

static void check(const struct row *row, bool forwarded) {
  struct ip_network trusted[2];
  struct ip_string shown;
  struct ip peer;
  size_t count = 0;
  assert_true(ip_network_parse(TEXT("10.0.0.0/8"), &trusted[0]));
  assert_true(ip_network_parse(TEXT("fd00::/16"), &trusted[1]));
  assert_true(ip_parse(text_from(row->peer), &peer));
  while (count < HEADERS_MAX && row->headers[count])
    count++;
  const struct http_proxies proxies = {.trusted = trusted, .count = 2, .forwarded = forwarded};
  struct ip client = http_proxies_client(&proxies, &peer, row->headers, count);
  if (strcmp(ip_format(&client, &shown), row->client) != 0)
    fail_msg("%s, then %s: %s and not %s", row->peer, count ? row->headers[count - 1] : "nothing",
             shown.text, row->client);
}

static void the_last_address_that_no_trusted_proxy_has_is_the_clients(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    check(&rows[i], false);
  for (size_t i = 0; i < sizeof standard_rows / sizeof *standard_rows; i++)
    check(&standard_rows[i], true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_last_address_that_no_trusted_proxy_has_is_the_clients),
  };
  return cmocka_run_group_tests_name("forwarded", tests, NULL, NULL);
}
