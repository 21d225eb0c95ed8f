/* Conditions on events: every comparison and modifier, both ways. */
#include "rule/condition/condition_fixture.h"

#include "rule/condition/condition_operand.h"

static const struct field_case {
  const char *key;
  struct condition_value values[VALUES_MAX];
  size_t count;
  const char *record;
  bool expected;
} field_cases[] = {
    /* equality folds ASCII case, the whole value counts */
    {"a", {S("Update")}, 1, "{\"a\":\"Update\"}", true},
    {"a", {S("Update")}, 1, "{\"a\":\"UPDATE\"}", true},
    {"a", {S("Update")}, 1, "{\"a\":\"Updated\"}", false},
    {"a", {S("Update")}, 1, "{\"a\":\"\"}", false},
    {"a", {S("")}, 1, "{\"a\":\"\"}", true},
    {"a", {S("")}, 1, "{\"a\":\"x\"}", false},
    {"a", {S("")}, 1, "{\"b\":1}", false},
    {"a", {S("x")}, 1, "{\"A\":\"x\"}", false},
    {"a", {S("[\\]^_`@{|}~")}, 1, "{\"a\":\"{\\\\}^_`@{|}~\"}", false},
    {"a", {S("Update"), S("Delete")}, 2, "{\"a\":\"delete\"}", true},
    {"a", {S("Update"), S("Delete")}, 2, "{\"a\":\"add\"}", false},
    {"a|cased", {S("Update")}, 1, "{\"a\":\"Update\"}", true},
    {"a|cased", {S("Update")}, 1, "{\"a\":\"update\"}", false},
    /* only ASCII letters fold */
    {"a", {S("\xC3\x89")}, 1, "{\"a\":\"\xC3\x89\"}", true},
    {"a", {S("\u00C9")}, 1, "{\"a\":\"\u00E9\"}", true},
    {"a|cased", {S("\u00C9")}, 1, "{\"a\":\"\u00E9\"}", false},
    {"a", {S("stra\u00DFe")}, 1, "{\"a\":\"STRA\u1E9EE\"}", true},
    {"a", {S("strasse")}, 1, "{\"a\":\"stra\u00DFe\"}", false},
    {"a", {S("kevin")}, 1, "{\"a\":\"\u212Aevin\"}", true},
    {"a", {S("\u212Aevin")}, 1, "{\"a\":\"kevin\"}", true},
    {"a", {S("secret")}, 1, "{\"a\":\"\u017Fecret\"}", true},
    {"a", {S("istanbul")}, 1, "{\"a\":\"\u0130stanbul\"}", false},
    {"a|contains", {S("sk")}, 1, "{\"a\":\"a ta\u017F\u212A\"}", true},
    {"a|startswith", {S("ka")}, 1, "{\"a\":\"\u212Aa\"}", true},
    {"a|endswith", {S("\u03C3")}, 1, "{\"a\":\"\u03A3\u03BF\u03C2\"}", true},
    {"a|contains", {S("\u13A0*s")}, 1, "{\"a\":\"x \uAB70 \u017F\"}", true},
    {"a", {S("\u2C65?")}, 1, "{\"a\":\"\u023Ax\"}", true},
    {"a|re|i", {S("^\u00E9k$")}, 1, "{\"a\":\"\u00C9\u212A\"}", true},
    {"a", {{.type = VALUE_BOOL}}, 1, "{\"a\":\"FAL\u017FE\"}", true},
    {"a|fieldref", {S("b")}, 1, "{\"a\":\"\u00C9\u212A\",\"b\":\"\u00E9k\"}", true},
    {"a|fieldref|endswith", {S("b")}, 1, "{\"a\":\"x\u1E9E\",\"b\":\"\u00DF\"}", true},
    {"a[1]", {S("x")}, 1, "{\"a\":[\"y\",\"x\"]}", true},
    {"a[0]", {S("x")}, 1, "{\"a\":[\"y\",\"x\"]}", false},
    {"a[0].b[1].c", {S("x")}, 1, "{\"a\":[{\"b\":[0,[{\"c\":1},{\"c\":\"x\"}]]}]}", true},
    {"a[1].b", {S("x")}, 1, "{\"a\":[{\"b\":\"x\"},{\"b\":\"y\"}]}", false},
    {"a[0]", {S("x")}, 1, "{\"a\":[\"y\"],\"a[0]\":\"x\"}", true}, /* the very key wins */
    {"a.b|fieldref", {S("c[0].d")}, 1, "{\"a\":[{\"b\":1},{\"b\":2}],\"c\":[{\"d\":2}]}", true},
    /* NULs are bytes like others */
    {"a", {S("x\0y")}, 1, "{\"a\":\"X\\u0000Y\"}", true},
    {"a", {S("x")}, 1, "{\"a\":\"x\\u0000\"}", false},
    {"a|contains", {S("\0")}, 1, "{\"a\":\"x\\u0000y\"}", true},
    {"a|endswith", {S("y")}, 1, "{\"a\":\"x\\u0000y\"}", true},
    {"a|re", {S("^x.y$")}, 1, "{\"a\":\"x\\u0000y\"}", true},
    {"a", {S("x*y")}, 1, "{\"a\":\"x\\u0000y\"}", true},
    /* contains, startswith, endswith */
    {"a|contains", {S("On to Off")}, 1, "{\"a\":\"Passcode: from ON to OFF\"}", true},
    {"a|contains", {S("On to Off")}, 1, "{\"a\":\"Passcode: from Off to On\"}", false},
    {"a|contains", {S("On to Off")}, 1, "{\"a\":\"On to Of\"}", false},
    {"a|contains", {S("")}, 1, "{\"a\":\"\"}", true},
    {"a|contains|cased", {S("On to")}, 1, "{\"a\":\"from On to\"}", true},
    {"a|contains|cased", {S("On to")}, 1, "{\"a\":\"from ON to\"}", false},
    {"a|cased|contains", {S("On to")}, 1, "{\"a\":\"from ON to\"}", false},
    {"a|contains", {S("x"), S("y")}, 2, "{\"a\":\"..y\"}", true},
    {"a|contains|all", {S("x"), S("y")}, 2, "{\"a\":\"..y\"}", false},
    {"a|contains|all", {S("x"), S("y")}, 2, "{\"a\":\"xy\"}", true},
    {"a|all|contains", {S("x"), S("y")}, 2, "{\"a\":\"yx\"}", true},
    {"a|contains|all", {S("x"), S("y")}, 2, "{}", false},
    {"a|startswith", {S("Sign-in")}, 1, "{\"a\":\"SIGN-IN methods\"}", true},
    {"a|startswith", {S("Sign-in")}, 1, "{\"a\":\" Sign-in\"}", false},
    {"a|startswith", {S("Sign-in")}, 1, "{\"a\":\"Sign-i\"}", false},
    {"a|startswith|cased", {S("Sign")}, 1, "{\"a\":\"sign\"}", false},
    {"a|endswith", {S("to On")}, 1, "{\"a\":\"from Off to on\"}", true},
    {"a|endswith", {S("to On")}, 1, "{\"a\":\"from Off to on.\"}", false},
    {"a|endswith|cased", {S("to On")}, 1, "{\"a\":\"from Off to on\"}", false},
    {"a|startswith|all", {S("x"), S("xy")}, 2, "{\"a\":\"xyz\"}", true},
    {"a|startswith|all", {S("x"), S("y")}, 2, "{\"a\":\"xyz\"}", false},
    {"a|contains",
     {S("long enough for sixteen bytes at once")},
     1,
     "{\"a\":\"a text that is LONG ENOUGH FOR SIXTEEN BYTES AT ONCE and more\"}",
     true},
    /* wildcards */
    {"a", {S("Up*")}, 1, "{\"a\":\"update\"}", true},
    {"a", {S("Up*e")}, 1, "{\"a\":\"updates\"}", false},
    {"a", {S("*")}, 1, "{\"a\":\"\"}", true},
    {"a", {S("*")}, 1, "{\"a\":7}", true},
    {"a", {S("*")}, 1, "{\"a\":null}", false},
    {"a", {S("*")}, 1, "{}", false},
    {"a", {S("?")}, 1, "{\"a\":\"\xE2\x82\xAC\"}", true},
    {"a", {S("U\\*")}, 1, "{\"a\":\"u*\"}", true},
    {"a", {S("U\\*")}, 1, "{\"a\":\"up\"}", false},
    {"a|contains", {S("from * to *dmin")}, 1, "{\"a\":\"Role: from Member to Admin!\"}", true},
    {"a|startswith", {S("a?c")}, 1, "{\"a\":\"abcd\"}", true},
    {"a|endswith", {S("b?d")}, 1, "{\"a\":\"abcd\"}", true},
    {"a|cased", {S("U*")}, 1, "{\"a\":\"update\"}", false},
    {"a|re", {S("^U*$")}, 1, "{\"a\":\"UU\"}", true},
    /* regexes respect case unless asked not to */
    {"a|re", {S("On|Off")}, 1, "{\"a\":\"Off\"}", true},
    {"a|re", {S("On|Off")}, 1, "{\"a\":\"OFF\"}", false},
    {"a|re|i", {S("On|Off")}, 1, "{\"a\":\"OFF\"}", true},
    {"a|re", {S("^b$")}, 1, "{\"a\":\"a\\nb\"}", false},
    {"a|re|m", {S("^b$")}, 1, "{\"a\":\"a\\nb\"}", true},
    {"a|re", {S("a.b")}, 1, "{\"a\":\"a\\nb\"}", false},
    {"a|re|s", {S("a.b")}, 1, "{\"a\":\"a\\nb\"}", true},
    {"a|re|i|m|s", {S("^A.B")}, 1, "{\"a\":\"x\\na\\nb\"}", true},
    {"a|re", {S("x"), S("y")}, 2, "{\"a\":\"y\"}", true},
    {"a|re|all", {S("x"), S("y")}, 2, "{\"a\":\"y\"}", false},
    {"a|re|i|all", {S("X"), S("Y")}, 2, "{\"a\":\"yx\"}", true},
    {"a|re", {S("^4[0-9]$")}, 1, "{\"a\":42}", true},
    /* networks */
    {"a|cidr", {S("10.0.0.0/8")}, 1, "{\"a\":\"10.255.0.1\"}", true},
    {"a|cidr", {S("10.0.0.0/8")}, 1, "{\"a\":\"11.0.0.1\"}", false},
    {"a|cidr", {S("10.0.0.0/8")}, 1, "{\"a\":\"::ffff:10.1.2.3\"}", true},
    {"a|cidr", {S("2001:db8::/32")}, 1, "{\"a\":\"2001:DB8:1::1\"}", true},
    {"a|cidr", {S("2001:db8::/32")}, 1, "{\"a\":\"2001:db9::1\"}", false},
    {"a|cidr", {S("10.0.0.0/8"), S("192.168.0.0/16")}, 2, "{\"a\":\"192.168.3.4\"}", true},
    {"a|cidr", {S("10.0.0.0/8")}, 1, "{\"a\":\"10.0.0.1 \"}", false},
    {"a|cidr", {S("0.0.0.0/0")}, 1, "{\"a\":\"host\"}", false},
    {"a|cidr", {S("0.0.0.0/0")}, 1, "{\"a\":10}", false},
    /* presence */
    {"a|exists", {B(true)}, 1, "{\"a\":\"\"}", true},
    {"a|exists", {B(true)}, 1, "{\"a\":null}", true},
    {"a|exists", {B(true)}, 1, "{\"a\":{}}", true},
    {"a|exists", {B(true)}, 1, "{\"b\":1}", false},
    {"a|exists", {B(false)}, 1, "{\"b\":1}", true},
    {"a|exists", {B(false)}, 1, "{\"a\":false}", false},
    {"a.b|exists", {B(true)}, 1, "{\"a\":{\"b\":0}}", true},
    {"a.b|exists", {B(false)}, 1, "{\"a\":{}}", true},
    /* null */
    {"a", {NONE}, 1, "{\"a\":null}", true},
    {"a", {NONE}, 1, "{}", true},
    {"a", {NONE}, 1, "{\"a\":\"\"}", false},
    {"a", {NONE}, 1, "{\"a\":\"null\"}", false},
    {"a", {NONE}, 1, "{\"a\":[]}", false},
    {"a", {NONE}, 1, "{\"a\":[1,null]}", true},
    {"a", {NONE, S("x")}, 2, "{\"a\":\"X\"}", true},
    {"a", {S("x"), NONE}, 2, "{}", true},
    {"a", {S("null")}, 1, "{\"a\":null}", false},
    {"a|contains", {S("")}, 1, "{\"a\":null}", false},
    /* booleans */
    {"a", {B(true)}, 1, "{\"a\":true}", true},
    {"a", {B(true)}, 1, "{\"a\":false}", false},
    {"a", {B(false)}, 1, "{\"a\":false}", true},
    {"a", {B(false)}, 1, "{}", false},
    {"a", {B(false)}, 1, "{\"a\":0}", false},
    {"a", {B(true)}, 1, "{\"a\":\"True\"}", true},
    {"a|cased", {B(true)}, 1, "{\"a\":\"True\"}", false},
    {"a", {S("True")}, 1, "{\"a\":true}", true},
    {"a|contains", {S("als")}, 1, "{\"a\":false}", true},
    /* numbers by value; with texts by their spelling */
    {"a", {I(42)}, 1, "{\"a\":42}", true},
    {"a", {I(42)}, 1, "{\"a\":42.0}", true},
    {"a", {I(42)}, 1, "{\"a\":42.5}", false},
    {"a", {I(42)}, 1, "{\"a\":\"42\"}", true},
    {"a", {I(42)}, 1, "{\"a\":\"42.0\"}", false},
    {"a", {I(42)}, 1, "{\"a\":true}", false},
    {"a", {I(42)}, 1, "{}", false},
    {"a", {I(42)}, 1, "{\"a\":{}}", false},
    {"a", {R(42.0)}, 1, "{\"a\":42}", true},
    {"a", {R(0.5)}, 1, "{\"a\":0.5}", true},
    {"a", {R(0.5)}, 1, "{\"a\":\"0.5\"}", true},
    {"a", {S("42")}, 1, "{\"a\":42}", true},
    {"a", {S("0.5")}, 1, "{\"a\":5e-1}", true},
    {"a", {S("4*")}, 1, "{\"a\":42}", true},
    {"a|contains", {S("23")}, 1, "{\"a\":1234}", true},
    {"a|contains", {I(23)}, 1, "{\"a\":1234}", true},
    {"a|contains", {I(23)}, 1, "{\"a\":\"a23b\"}", true},
    {"a|startswith", {I(12)}, 1, "{\"a\":-1234}", false},
    {"a", {I(INT64_MAX)}, 1, "{\"a\":9223372036854775807}", true},
    {"a", {I(INT64_MAX)}, 1, "{\"a\":9223372036854775808}", false},
    {"a", {R(9223372036854775808.0)}, 1, "{\"a\":9223372036854775808}", true},
    {"a", {R(9223372036854775808.0)}, 1, "{\"a\":9223372036854775807}", false},
    {"a", {S("18446744073709551615")}, 1, "{\"a\":18446744073709551615}", true},
    {"a", {I(INT64_MIN)}, 1, "{\"a\":-9223372036854775808}", true},
    {"a", {I(0)}, 1, "{\"a\":-0.0}", true},
    /* order */
    {"a|gt", {I(10)}, 1, "{\"a\":11}", true},
    {"a|gt", {I(10)}, 1, "{\"a\":10}", false},
    {"a|gt", {I(10)}, 1, "{\"a\":10.001}", true},
    {"a|gt", {R(10.5)}, 1, "{\"a\":10}", false},
    {"a|gt", {R(10.5)}, 1, "{\"a\":11}", true},
    {"a|gte", {I(10)}, 1, "{\"a\":10}", true},
    {"a|gte", {I(10)}, 1, "{\"a\":9}", false},
    {"a|lt", {I(10)}, 1, "{\"a\":9}", true},
    {"a|lt", {I(10)}, 1, "{\"a\":10}", false},
    {"a|lt", {I(-1)}, 1, "{\"a\":-1.5}", true},
    {"a|lte", {I(10)}, 1, "{\"a\":10}", true},
    {"a|lte", {I(10)}, 1, "{\"a\":11}", false},
    {"a|lt", {I(10)}, 1, "{}", false},
    {"a|lt", {I(10)}, 1, "{\"a\":null}", false},
    {"a|lt", {I(10)}, 1, "{\"a\":false}", false},
    {"a|gt", {I(10)}, 1, "{\"a\":\"11\"}", true},
    {"a|gt", {I(10)}, 1, "{\"a\":\"1.1e1\"}", true},
    {"a|gt", {I(10)}, 1, "{\"a\":\"11 minutes\"}", false},
    {"a|gt", {I(10)}, 1, "{\"a\":\"0x20\"}", false},
    {"a|gt", {I(10)}, 1, "{\"a\":\" 11\"}", false},
    {"a|gt", {I(10)}, 1, "{\"a\":\"inf\"}", false},
    {"a|gt", {I(10)}, 1, "{\"a\":\"1e999\"}", true},
    {"a.b", {S("x")}, 1, "{\"a\":[{\"b\":\"y\"},{\"b\":\"x\"}]}", true},
    {"a.b", {S("x")}, 1, "{\"a\":[{\"b\":\"y\"},{\"c\":\"x\"},\"x\"]}", false},
    {"a.b.c", {S("x")}, 1, "{\"a\":[[{\"b\":[{\"c\":\"y\"},{\"c\":[\"z\",\"x\"]}]}]]}", true},
    {"a.b|contains|all", {S("x"), S("y")}, 2, "{\"a\":[{\"b\":\"x\"},{\"b\":\"y\"}]}", true},
    {"a.b|neq", {S("x")}, 1, "{\"a\":[{\"b\":\"x\"},{\"b\":\"y\"}]}", false},
    {"a.b|gt", {I(5)}, 1, "{\"a\":[{\"b\":1},{\"b\":7}]}", true},
    {"a.b|exists", {B(true)}, 1, "{\"a\":[{\"c\":1},{\"b\":null}]}", true},
    {"a.b|exists", {B(false)}, 1, "{\"a\":[{\"c\":1}]}", true},
    {"a.b|fieldref",
     {S("c.d")},
     1,
     "{\"a\":[{\"b\":1},{\"b\":2}],\"c\":[{\"d\":3},{\"d\":2}]}",
     true},
    {"a.1.b", {S("x")}, 1, "{\"a\":[{\"b\":\"x\"},{\"b\":\"y\"}]}", false},
    {"a|gt", {I(10)}, 1, "{\"a\":1e999}", true},
    {"a|lt", {I(10)}, 1, "{\"a\":-1e999}", true},
    {"a|gt", {I(INT64_MAX)}, 1, "{\"a\":18446744073709551616}", true},
    {"a|lt", {I(INT64_MIN)}, 1, "{\"a\":-9223372036854775809}", true},
    {"a", {R(18446744073709551616.0)}, 1, "{\"a\":18446744073709551616}", true},
    {"a", {R(18446744073709551616.0)}, 1, "{\"a\":18446744073709551617}", false},
    {"a|gt", {R(18446744073709551616.0)}, 1, "{\"a\":18446744073709551617}", true},
    {"a|gte", {R(18446744073709551616.0)}, 1, "{\"a\":\"18446744073709551615.5\"}", true},
    {"a|lt", {R(1e300)}, 1, "{\"a\":[99999999999999999999]}", true},
    {"a", {S("18446744073709551617")}, 1, "{\"a\":18446744073709551617}", true},
    {"a|endswith", {S("1617")}, 1, "{\"a\":18446744073709551617}", true},
    {"a|fieldref", {S("b")}, 1, "{\"a\":99999999999999999998,\"b\":99999999999999999999}", false},
    {"a|fieldref", {S("b")}, 1, "{\"a\":1e400,\"b\":10.00e399}", true},
    {"a|fieldref", {S("b")}, 1, "{\"a\":1e400,\"b\":1e401}", false},
    {"a|gt", {I(10)}, 1, "{\"a\":\"\"}", false},
    {"a|lt", {I(10)}, 1, "{\"a\":\"-\"}", false},
    {"a|lt", {I(10)}, 1, "{\"a\":\"-99999999999999999999\"}", true},
    {"a|gt", {I(INT64_MAX)}, 1, "{\"a\":\"18446744073709551615\"}", true},
    {"a|gt", {I(INT64_MAX)}, 1, "{\"a\":18446744073709551615}", true},
    {"a|gt", {I(INT64_MAX)}, 1, "{\"a\":9.3e18}", true},
    {"a|lt", {I(INT64_MIN)}, 1, "{\"a\":-9.3e18}", true},
    {"a|lt", {R(1e300)}, 1, "{\"a\":18446744073709551615}", true},
    {"a|gt", {R(-1e300)}, 1, "{\"a\":-9223372036854775808}", true},
    {"a|gt", {R(18446744073709551615.0)}, 1, "{\"a\":18446744073709551615}", false},
    {"a|gt", {R(9007199254740992.0)}, 1, "{\"a\":9007199254740993}", true},
    /* arrays fit when an element does */
    {"a", {S("x")}, 1, "{\"a\":[\"y\",\"X\"]}", true},
    {"a", {S("x")}, 1, "{\"a\":[\"y\"]}", false},
    {"a", {S("x")}, 1, "{\"a\":[]}", false},
    {"a", {S("x")}, 1, "{\"a\":[[],[[\"x\"]]]}", true},
    {"a", {S("x")}, 1, "{\"a\":[{\"b\":\"x\"}]}", false},
    {"a|all", {S("x"), S("y")}, 2, "{\"a\":[\"y\",\"z\",\"x\"]}", true},
    {"a|all", {S("x"), S("y")}, 2, "{\"a\":[\"y\"]}", false},
    {"a|contains|all", {S("x"), S("y")}, 2, "{\"a\":[\"..x\",\"..y\"]}", true},
    {"a|gt", {I(5)}, 1, "{\"a\":[1,9]}", true},
    {"a|cidr", {S("10.0.0.0/8")}, 1, "{\"a\":[\"1.1.1.1\",\"10.0.0.1\"]}", true},
    {"a|exists", {B(true)}, 1, "{\"a\":[]}", true},
    /* paths */
    {"a.b.c", {S("x")}, 1, "{\"a\":{\"b\":{\"c\":\"x\"}}}", true},
    {"a.b.c", {S("x")}, 1, "{\"a\":{\"b\":{\"d\":\"x\"}}}", false},
    {"a.b", {S("x")}, 1, "{\"a\":\"x\"}", false},
    {"a.b", {S("x")}, 1, "{\"a.b\":\"x\",\"a\":{\"b\":\"y\"}}", true},
    {"a.1", {S("x")}, 1, "{\"a\":[\"y\",\"x\"]}", true},
    {"a.0.b", {S("x")}, 1, "{\"a\":[{\"b\":\"x\"}]}", true},
    {"\xC3\xA4", {S("x")}, 1, "{\"\xC3\xA4\":\"x\"}", true},
    {"a", {S("x")}, 1, "{\"a\":{\"a\":\"x\"}}", false},
    /* another field */
    {"a|fieldref", {S("b")}, 1, "{\"a\":\"X\",\"b\":\"x\"}", true},
    {"a|fieldref", {S("b")}, 1, "{\"a\":\"x\",\"b\":\"y\"}", false},
    {"a|fieldref|cased", {S("b")}, 1, "{\"a\":\"X\",\"b\":\"x\"}", false},
    {"a|fieldref", {S("b")}, 1, "{\"a\":\"x\"}", false},
    {"a|fieldref", {S("b")}, 1, "{}", false},
    {"a|fieldref", {S("b")}, 1, "{\"a\":null,\"b\":null}", false},
    {"a|fieldref", {S("b")}, 1, "{\"a\":{},\"b\":{}}", false},
    {"a|fieldref", {S("b")}, 1, "{\"a\":1,\"b\":1.0}", true},
    {"a|fieldref", {S("b")}, 1, "{\"a\":1,\"b\":\"1\"}", true},
    {"a|fieldref", {S("b")}, 1, "{\"a\":true,\"b\":\"TRUE\"}", true},
    {"a|fieldref", {S("b.c")}, 1, "{\"a\":1,\"b\":{\"c\":1}}", true},
    {"a|fieldref", {S("b")}, 1, "{\"a\":[1,2],\"b\":[3,2]}", true},
    {"a|fieldref", {S("b")}, 1, "{\"a\":[1,2],\"b\":[3]}", false},
    {"a|fieldref", {S("b")}, 1, "{\"a\":2,\"b\":[3,2]}", true},
    {"a|fieldref", {S("b"), S("c")}, 2, "{\"a\":2,\"c\":2}", true},
    {"a|fieldref|all", {S("b"), S("c")}, 2, "{\"a\":2,\"c\":2}", false},
    {"a|fieldref|all", {S("b"), S("c")}, 2, "{\"a\":2,\"c\":2,\"b\":2}", true},
};

static void a_field_test_has_sigmas_meaning(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof field_cases / sizeof field_cases[0]; i++) {
    const struct field_case *c = &field_cases[i];
    if (field_matches(c->key, c->values, c->count, c->record) != c->expected)
      fail_msg("%s, case %zu, on %s: expected %d", c->key, i, c->record, c->expected);
  }
}

static void and_or_and_not_combine(void **state) {
  (void)state;
  static const struct condition_value x[] = {S("x")}, y[] = {S("y")};
  static const struct {
    const char *record;
    bool all, any, none;
  } cases[] = {{"{\"a\":\"x\",\"b\":\"y\"}", true, true, false},
               {"{\"a\":\"x\",\"b\":\"z\"}", false, true, false},
               {"{\"a\":\"z\",\"b\":\"y\"}", false, true, false},
               {"{}", false, false, true}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fixture fixture;
    start(&fixture);
    use_unchecked_events(&fixture);
    const struct condition *children[] = {field_condition(&fixture, "a", x, 1),
                                          field_condition(&fixture, "b|contains", y, 1)};
    fixture.condition = condition_all(&fixture.arena, children, 2);
    assert_int_equal(matches(&fixture, text_from(cases[i].record)), cases[i].all);
    fixture.condition = condition_any(&fixture.arena, children, 2);
    assert_int_equal(matches(&fixture, text_from(cases[i].record)), cases[i].any);
    fixture.condition = condition_not(&fixture.arena, fixture.condition);
    assert_int_equal(matches(&fixture, text_from(cases[i].record)), cases[i].none);
    stop(&fixture);
  }
}

static void nothing_to_ask_is_true_for_and_and_false_for_or(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture);
  use_unchecked_events(&fixture);
  fixture.condition = condition_all(&fixture.arena, NULL, 0);
  assert_true(matches(&fixture, TEXT("{}")));
  fixture.condition = condition_any(&fixture.arena, NULL, 0);
  assert_false(matches(&fixture, TEXT("{}")));
  stop(&fixture);
}

static void cheap_tests_go_first(void **state) {
  (void)state;
  static const struct condition_value text[] = {S("x")}, number[] = {I(1)}, flag[] = {B(true)};
  struct fixture fixture;
  start(&fixture);
  const struct condition *children[] = {field_condition(&fixture, "a|re", text, 1),
                                        field_condition(&fixture, "b|contains", text, 1),
                                        field_condition(&fixture, "c|exists", flag, 1),
                                        field_condition(&fixture, "d", text, 1),
                                        field_condition(&fixture, "e|gt", number, 1),
                                        field_condition(&fixture, "f", flag, 1)};
  fixture.condition = condition_all(&fixture.arena, children, 6);
  static const char *const order[] = {"d", "f", "e|gt", "c|exists", "b|contains", "a|re"};
  for (size_t i = 0; i < 6; i++)
    assert_true(text_is(fixture.condition->children[i]->key, order[i]));
  stop(&fixture);
}

static const char schema_yaml[] = "schema: Test\n"
                                  "version: 0\n"
                                  "fields:\n"
                                  "  - name: time\n"
                                  "    type: string\n"
                                  "    required: true\n"
                                  "  - name: object\n"
                                  "    type: object\n"
                                  "    fields:\n"
                                  "      - name: id\n"
                                  "        type: string\n"
                                  "  - name: renamed\n"
                                  "    type: string\n"
                                  "    rename:\n"
                                  "      from: original\n"
                                  "  - name: dot.ted\n"
                                  "    type: string\n";

static const struct {
  const char *key, *record;
  bool expected;
} schema_cases[] = {
    {"time", "{\"time\":\"x\"}", true},
    {"object.id", "{\"time\":\"t\",\"object\":{\"id\":\"x\"}}", true},
    {"object.id", "{\"time\":\"t\"}", false},
    {"object.id", "{\"time\":\"t\",\"object\":null}", false},
    {"object.id", "{\"time\":\"t\",\"object\":{\"id\":\"y\"},\"object.id\":\"x\"}", true},
    {"object.other", "{\"time\":\"t\",\"object\":{\"other\":\"x\"}}", true},
    {"unknown", "{\"time\":\"t\",\"unknown\":\"x\"}", true},
    {"unknown", "{\"time\":\"t\"}", false},
    {"unknown.deep", "{\"time\":\"t\",\"unknown\":{\"deep\":\"x\"}}", true},
    {"unknown.deep", "{\"time\":\"t\"}", false},
    {"renamed", "{\"time\":\"t\",\"original\":\"x\"}", true},
    {"dot.ted", "{\"time\":\"t\",\"dot.ted\":\"x\"}", true},
    {"dot.ted", "{\"time\":\"t\",\"dot\":{\"ted\":\"x\"}}", true},
    {"dot.ted", "{\"time\":\"t\",\"dot\":{\"ted\":\"y\"}}", false},
};

static void a_path_is_found_in_events_of_a_schema(void **state) {
  (void)state;
  static const struct condition_value x[] = {S("x")};
  for (size_t i = 0; i < sizeof schema_cases / sizeof schema_cases[0]; i++) {
    struct fixture fixture;
    start(&fixture);
    use_schema(&fixture, schema_yaml);
    fixture.condition = field_condition(&fixture, schema_cases[i].key, x, 1);
    if (matches(&fixture, text_from(schema_cases[i].record)) != schema_cases[i].expected)
      fail_msg("%s on %s", schema_cases[i].key, schema_cases[i].record);
    stop(&fixture);
  }
}

/* Whatever the record has under the name. */
static void the_paths_of_schema_errors_are_a_list_of_the_event(void **state) {
  (void)state;
  static const char yaml[] = "schema: Test\nversion: 0\nfields:\n  - {name: a, type: int}\n"
                             "  - name: b\n    type: object\n    fields: [{name: c, type: int}]\n";
  static const struct condition_value path[] = {S("b.c")}, yes[] = {{VALUE_BOOL, .boolean = true}},
                                      no[] = {{VALUE_BOOL, .boolean = false}};
  static const struct {
    const char *key;
    const struct condition_value *values;
    const char *record;
    bool expected;
  } cases[] = {
      {"p_schema_errors", path, "{\"a\":1,\"b\":{\"c\":2}}", false},
      {"p_schema_errors", path, "{\"a\":\"x\",\"b\":{\"c\":2}}", false},
      {"p_schema_errors", path, "{\"a\":\"x\",\"b\":{\"c\":\"y\"}}", true},
      {"p_schema_errors", path, "{\"a\":1,\"p_schema_errors\":[\"b.c\"]}", false},
      {"p_schema_errors|endswith", path, "{\"a\":1,\"b\":{\"c\":\"y\"}}", true},
      {"p_schema_errors|exists", yes, "{\"a\":\"x\"}", true},
      {"p_schema_errors|exists", yes, "{\"a\":1,\"p_schema_errors\":[\"a\"]}", false},
      {"p_schema_errors|exists", no, "{\"a\":1}", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fixture fixture;
    start(&fixture);
    use_schema(&fixture, yaml);
    fixture.condition = field_condition(&fixture, cases[i].key, cases[i].values, 1);
    if (matches(&fixture, text_from(cases[i].record)) != cases[i].expected)
      fail_msg("%s on %s", cases[i].key, cases[i].record);
    stop(&fixture);
  }
}

static void a_view_forgets_the_event_before(void **state) {
  (void)state;
  static const struct condition_value x[] = {S("x")};
  struct fixture fixture;
  start(&fixture);
  use_unchecked_events(&fixture);
  fixture.condition = field_condition(&fixture, "a", x, 1);
  assert_true(matches(&fixture, TEXT("{\"a\":\"x\"}")));
  assert_false(matches(&fixture, TEXT("{\"a\":\"y\"}")));
  assert_true(matches(&fixture, TEXT("{\"a\":\"x\"}")));
  assert_false(matches(&fixture, TEXT("{}")));
  stop(&fixture);
}

static void a_view_serves_events_of_several_schemas(void **state) {
  (void)state;
  static const struct condition_value x[] = {S("x")};
  struct fixture fixture, other;
  start(&fixture);
  start(&other);
  use_schema(&fixture, schema_yaml);
  use_schema(&other, "schema: Other\nversion: 0\nfields:\n  - name: a\n    type: string\n"
                     "  - name: time\n    type: string\n");
  fixture.condition = field_condition(&fixture, "time", x, 1);
  struct event_reader *first = fixture.reader, *second = other.reader;
  for (int i = 0; i < 3; i++) {
    fixture.reader = first;
    assert_true(matches(&fixture, TEXT("{\"time\":\"x\"}")));
    fixture.reader = second;
    assert_false(matches(&fixture, TEXT("{\"a\":\"x\"}")));
    assert_true(matches(&fixture, TEXT("{\"a\":\"y\",\"time\":\"x\"}")));
  }
  fixture.reader = first;
  stop(&fixture);
  stop(&other);
}

static void a_regex_that_gives_up_does_not_match_and_is_reported_once(void **state) {
  (void)state;
  static const struct condition_value slow[] = {S("(a|a)*\\d")};
  struct fixture fixture;
  start(&fixture);
  use_unchecked_events(&fixture);
  fixture.condition = field_condition(&fixture, "a|re", slow, 1);
  assert_false(matches(
      &fixture, TEXT("{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}")));
  assert_true(field_view_take_given_up(fixture.view));
  assert_false(field_view_take_given_up(fixture.view));
  assert_true(matches(&fixture, TEXT("{\"a\":\"aa1\"}")));
  assert_false(field_view_take_given_up(fixture.view));
  stop(&fixture);
}

static void fieldref_looks_at_the_first_elements_of_long_arrays(void **state) {
  (void)state;
  static const struct condition_value b[] = {S("b")};
  struct fixture fixture;
  struct buffer record = BUFFER_NONE;
  start(&fixture);
  use_unchecked_events(&fixture);
  fixture.condition = field_condition(&fixture, "a|fieldref", b, 1);
  buffer_append_string(&record, "{\"a\":[");
  for (int i = 1; i < 100; i++)
    buffer_printf(&record, "%d,", i);
  size_t before = record.size;
  buffer_append_string(&record, "\"x\",\"y\"],\"b\":\"x\"}");
  assert_true(matches(&fixture, buffer_text(&record)));
  record.size = before;
  buffer_append_string(&record, "\"y\",\"x\"],\"b\":\"x\"}");
  assert_false(matches(&fixture, buffer_text(&record)));
  buffer_free(&record);
  stop(&fixture);
}

static void paths_are_numbered_once(void **state) {
  (void)state;
  struct field_table *table = field_table_new();
  char path[16];
  for (int round = 0; round < 2; round++)
    for (unsigned i = 0; i < 1000; i++) {
      snprintf(path, sizeof path, "field.%u", i);
      assert_int_equal(field_table_intern(table, text_from(path)), i);
    }
  assert_int_equal(field_table_count(table), 1000);
  assert_true(text_is(field_table_path(table, 999), "field.999"));
  field_table_free(table);
}

static void operands_can_be_inspected(void **state) {
  (void)state;
  static const struct condition_value values[] = {S("On \\* Off"), S("a*B"), I(5)};
  struct fixture fixture;
  start(&fixture);
  fixture.condition = field_condition(&fixture, "x.y", values, 3);
  const struct condition_operand *operands = fixture.condition->operands;
  assert_true(text_is(field_table_path(fixture.fields, fixture.condition->field), "x.y"));
  assert_int_equal(operands[0].kind, OPERAND_TEXT);
  assert_true(text_is(operands[0].text, "on * off"));
  assert_int_equal(operands[1].kind, OPERAND_WILDCARD);
  assert_int_equal(operands[2].kind, OPERAND_NUMBER);
  assert_true(text_is(operands[2].text, "5"));
  stop(&fixture);
}

/* Tests with one number are asked once, so it takes one key and the same values. */
static void the_same_tests_have_one_number(void **state) {
  (void)state;
  static const struct {
    const char *key;
    struct condition_value values[2];
    size_t count;
    unsigned same_as; /* the first row that is the same */
  } rows[] = {
      {"a", {S("x")}, 1, 0},
      {"b", {S("x")}, 1, 1},
      {"a", {S("x"), S("y")}, 2, 2},
      {"a|cased", {S("x")}, 1, 3},
      {"a", {{.type = VALUE_INT, .integer = 1}}, 1, 4},
      {"a", {S("1")}, 1, 5},
      {"a", {{.type = VALUE_REAL, .real = 1}}, 1, 6},
      {"a", {{.type = VALUE_REAL, .real = 1.5}}, 1, 7},
      {"a", {{.type = VALUE_BOOL, .boolean = true}}, 1, 8},
      {"a", {{.type = VALUE_BOOL}}, 1, 9},
      {"a", {{.type = VALUE_NULL}}, 1, 10},
      {"a", {S("")}, 1, 11},
      {"a", {S("x")}, 1, 0},
      {"a", {S("x"), S("y")}, 2, 2},
      {"a", {{.type = VALUE_INT, .integer = 1}}, 1, 4},
      {"a", {{.type = VALUE_REAL, .real = 1.5}}, 1, 7},
      {"a", {{.type = VALUE_BOOL}}, 1, 9},
  };
  enum { COUNT = sizeof rows / sizeof *rows };
  struct fixture fixture;
  unsigned numbers[COUNT];
  start(&fixture);
  for (unsigned i = 0; i < COUNT; i++) {
    numbers[i] = field_condition(&fixture, rows[i].key, rows[i].values, rows[i].count)->shared;
    for (unsigned k = 0; k < i; k++)
      if ((numbers[k] == numbers[i]) != (rows[k].same_as == rows[i].same_as))
        fail_msg("rows %u and %u", k, i);
  }
  stop(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_field_test_has_sigmas_meaning),
      cmocka_unit_test(and_or_and_not_combine),
      cmocka_unit_test(nothing_to_ask_is_true_for_and_and_false_for_or),
      cmocka_unit_test(cheap_tests_go_first),
      cmocka_unit_test(a_path_is_found_in_events_of_a_schema),
      cmocka_unit_test(the_paths_of_schema_errors_are_a_list_of_the_event),
      cmocka_unit_test(a_view_forgets_the_event_before),
      cmocka_unit_test(a_view_serves_events_of_several_schemas),
      cmocka_unit_test(a_regex_that_gives_up_does_not_match_and_is_reported_once),
      cmocka_unit_test(fieldref_looks_at_the_first_elements_of_long_arrays),
      cmocka_unit_test(paths_are_numbered_once),
      cmocka_unit_test(operands_can_be_inspected),
      cmocka_unit_test(the_same_tests_have_one_number),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
