#include "base/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void addresses_are_read_and_written_as_rfc_5952_says(void **state) {
  (void)state;
  static const struct {
    const char *text, *written;
    uint8_t family;
  } table[] = {
      {"0.0.0.0", "0.0.0.0", 4},
      {"192.0.2.255", "192.0.2.255", 4},
      {"255.255.255.255", "255.255.255.255", 4},
      {"::", "::", 6},
      {"::1", "::1", 6},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", 6},
      {"2001:db8::0001", "2001:db8::1", 6},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 6},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1", 6},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", 6},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1", 6},
      {"::ffff:c000:201", "::ffff:192.0.2.1", 6},
      {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       6},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct ip ip;
    struct ip_string string;
    if (!ip_parse(text_from(table[i].text), &ip))
      fail_msg("refused: %s", table[i].text);
    assert_int_equal(ip.family, table[i].family);
    assert_string_equal(ip_format(&ip, &string), table[i].written);
  }
}

static void what_is_not_an_address_is_refused(void **state) {
  (void)state;
  static const char *const table[] = {
      "",
      "1",
      "1.2.3",
      "1.2.3.",
      "1.2.3.4.",
      "1.2.3.4.5",
      ".1.2.3.4",
      "1..2.3",
      "1.2.3.04",
      "1.2.3.00",
      "1234.1.1.1",
      "999.1.1.1",
      "256.1.1.1",
      "01.2.3.4",
      "1.2.3.4 ",
      " 1.2.3.4",
      "1.2.3.-4",
      "0x1.2.3.4",
      "1.2.3.4/8",
      ":",
      ":::",
      "1::2::3",
      "12345::",
      "g::",
      "1:2:3:4:5:6:7:8:9",
      "fe80::1%eth0",
      "[::1]",
      "localhost",
      "127.1",
      "1.2.3.4:80",
      "::1.2.3",
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct ip ip;
    if (ip_parse(text_from(table[i]), &ip))
      fail_msg("accepted: %s", table[i]);
  }
  struct ip ip;
  assert_false(ip_parse((struct text){"1.2.3.4\0", 8}, &ip));
}

static void a_network_contains_its_addresses_only(void **state) {
  (void)state;
  static const struct {
    const char *network, *ip;
    bool inside;
  } table[] = {
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.1.2.3/8", "10.9.9.9", true}, /* host bits are cleared */
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.200", true},
      {"0.0.0.0/0", "255.255.255.255", true},
      {"0.0.0.0/0", "::1", false},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "::ffff:10.0.0.1", true},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true},
      {"::ffff:10.0.0.0/104", "10.200.0.1", true},
      {"::ffff:10.0.0.0/104", "::ffff:10.200.0.1", true},
      {"::ffff:10.0.0.0/104", "11.0.0.1", false},
      {"::1/128", "::1", true},
      {"2001:db8::/32", "10.0.0.1", false},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct ip_network network;
    struct ip ip;
    assert_true(ip_network_parse(text_from(table[i].network), &network));
    assert_true(ip_parse(text_from(table[i].ip), &ip));
    if (ip_network_contains(&network, &ip) != table[i].inside)
      fail_msg("%s in %s", table[i].ip, table[i].network);
  }
}

static void what_is_not_a_network_is_refused(void **state) {
  (void)state;
  static const char *const table[] = {"",          "/8",          "10.0.0.0/",    "10.0.0.0/33",
                                      "::/129",    "10.0.0.0/-1", "10.0.0.0/+8",  "10.0.0.0/08",
                                      "10.0.0/8",  "10.0.0.0/8 ", "10.0.0.0/8/8", "10.0.0.0/1111",
                                      "10.0.0.0/x"};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct ip_network network;
    if (ip_network_parse(text_from(table[i]), &network))
      fail_msg("accepted: %s", table[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(addresses_are_read_and_written_as_rfc_5952_says),
      cmocka_unit_test(what_is_not_an_address_is_refused),
      cmocka_unit_test(a_network_contains_its_addresses_only),
      cmocka_unit_test(what_is_not_a_network_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
