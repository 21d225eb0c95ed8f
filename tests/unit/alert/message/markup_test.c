#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "alert/message/markup.h"

#include <stdlib.h>

static void expect(const struct markup *markup, struct text in, size_t limit, const char *out) {
  struct buffer buffer = BUFFER_NONE;
  markup_append(&buffer, markup, in, limit);
  assert_string_equal(buffer.data ? buffer.data : "", out);
  assert_true(markup_length(buffer_text(&buffer)) <= limit);
  assert_true(text_is_utf8(buffer_text(&buffer)));
  buffer_free(&buffer);
}

static void hostile_text_becomes_harmless(void **state) {
  (void)state;
  const struct {
    const struct markup *markup;
    struct text in;
    const char *out;
  } rows[] = {
      {&markup_line, TEXT("plain"), "plain"},
      {&markup_line, TEXT(""), ""},
      {&markup_line, TEXT("a\nb\r\nc\td"), "a b c d"},
      {&markup_line, TEXT("\x1b[31mred\x07"), "\\u{1B}[31mred\\u{7}"},
      {&markup_line, TEXT("nul\0byte"), "nul\\u{0}byte"},
      {&markup_line,
       TEXT("c1 \xc2\x9b"
            "31m"),
       "c1 \\u{9B}31m"},
      {&markup_line,
       TEXT("bidi \xe2\x80\xae\xe2\x80\xac"
            "moc"),
       "bidi \\u{202E}\\u{202C}moc"},
      {&markup_line, TEXT("tag \xf3\xa0\x81\x81"), "tag \\u{E0041}"},
      {&markup_line, TEXT("adm\xe2\x80\x8bin"), "adm\\u{200B}in"},
      {&markup_line, TEXT("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb \xe2\x9d\xa4\xef\xb8\x8f"),
       "\xf0\x9f\x91\xa9\\u{200D}\xf0\x9f\x92\xbb \xe2\x9d\xa4\\u{FE0F}"},
      {&markup_line, TEXT("broken \xff\xc3"), "broken \xef\xbf\xbd\xef\xbf\xbd"},
      {&markup_line, TEXT("line\xe2\x80\xa8sep"), "line\\u{2028}sep"},
      {&markup_line, TEXT("<b>&amp;"), "<b>&amp;"},
      {&markup_slack_lines, TEXT("a\nb"), "a\nb"},
      {&markup_slack_lines, TEXT("a\r\nb"), "a\nb"},
      {&markup_slack_lines, TEXT("<!channel>"), "&lt;!channel&gt;"},
      {&markup_slack_lines, TEXT("<https://evil|bank> & &lt;"),
       "&lt;https://evil|bank&gt; &amp; &amp;lt;"},
      {&markup_slack_lines, TEXT("@everyone, @Here"),
       "@\xe2\x81\xa0"
       "everyone, @\xe2\x81\xa0"
       "Here"},
      {&markup_slack_lines, TEXT("bob@here.example @her @"), "bob@here.example @her @"},
      {&markup_slack_lines, TEXT("@heretic"), "@\xe2\x81\xa0heretic"},
      {&markup_slack_line, TEXT("a\nb<"), "a b&lt;"},
      {&markup_slack_code, TEXT("a`b` *c*"), "a'b' *c*"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    expect(rows[i].markup, rows[i].in, 1000, rows[i].out);
}

static void a_text_is_cut_between_units_only(void **state) {
  (void)state;
  const struct {
    const char *in;
    size_t limit;
    const char *out;
  } rows[] = {
      {"abc", 3, "abc"},
      {"abcd", 3, "ab\xe2\x80\xa6"},
      {"abcd", 1, "\xe2\x80\xa6"},
      {"a&b", 7, "a&amp;b"},
      {"a&bc", 7, "a&amp;\xe2\x80\xa6"},
      {"a&bc", 6, "a\xe2\x80\xa6"},
      {"&&", 5, "\xe2\x80\xa6"},
      {"a\x01", 6, "a\\u{1}"},
      {"a\x01", 5, "a\xe2\x80\xa6"},
      {"&", 5, "&amp;"},
      {"\xc3\xa4\xc3\xb6\xc3\xbc", 2, "\xc3\xa4\xe2\x80\xa6"},
      {"\xf0\x9f\x94\xb4\xf0\x9f\x94\xb4", 4, "\xf0\x9f\x94\xb4\xf0\x9f\x94\xb4"},
      {"\xf0\x9f\x94\xb4\xf0\x9f\x94\xb4", 3, "\xf0\x9f\x94\xb4\xe2\x80\xa6"},
      {"\xf0\x9f\x94\xb4\xf0\x9f\x94\xb4", 2, "\xe2\x80\xa6"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    expect(&markup_slack_lines, text_from(rows[i].in), rows[i].limit, rows[i].out);
}

static void every_limit_of_a_mixed_text_holds(void **state) {
  (void)state;
  struct text text = TEXT("a<&\xf0\x9f\x94\xb4\xff@everyone\nz>");
  for (size_t limit = 1; limit < 60; limit++) {
    struct buffer out = BUFFER_NONE;
    markup_append(&out, &markup_slack_lines, text, limit);
    assert_true(markup_length(buffer_text(&out)) <= limit);
    assert_true(text_is_utf8(buffer_text(&out)));
    buffer_free(&out);
  }
}

static void only_http_urls_are_links(void **state) {
  (void)state;
  const struct {
    struct text url;
    bool link;
  } rows[] = {
      {TEXT("https://example.com/a?b=c&d#e"), true},
      {TEXT("HTTP://example.com"), true},
      {TEXT("https://[::1]:8443/"), true},
      {TEXT("https://"), false},
      {TEXT("https:///path"), false},
      {TEXT("javascript:alert(1)"), false},
      {TEXT("ftp://example.com"), false},
      {TEXT("file:///etc/passwd"), false},
      {TEXT(" https://example.com"), false},
      {TEXT("https://example.com/a b"), false},
      {TEXT("https://example.com/\n"), false},
      {TEXT("https://\0.example.com/"), false},
      {TEXT("https://example.com/\xe2\x80\xae\xe2\x80\xac"), false},
      {TEXT("https://example.com/\xff"), false},
      {TEXT(""), false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    assert_int_equal(markup_is_link(rows[i].url), rows[i].link);
}

static void a_link_cannot_end_early(void **state) {
  (void)state;
  struct buffer out = BUFFER_NONE;
  markup_append_link(&out, TEXT("https://example.com/a|b>c<d\"e`f)g\\h?\xc3\xa4=1&x=%20"));
  assert_string_equal(out.data, "https://example.com/a%7Cb%3Ec%3Cd%22e%60f%29g%5Ch?%C3%A4=1&x=%20");
  buffer_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hostile_text_becomes_harmless),
      cmocka_unit_test(a_text_is_cut_between_units_only),
      cmocka_unit_test(every_limit_of_a_mixed_text_holds),
      cmocka_unit_test(only_http_urls_are_links),
      cmocka_unit_test(a_link_cannot_end_early),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
