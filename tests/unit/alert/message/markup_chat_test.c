#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "alert/message/markup_chat.h"

#include <stdlib.h>

#define JOINER MARKUP_NO_BREAK

static void what_a_chat_acts_on_is_written_as_itself(void **state) {
  (void)state;
  const struct {
    const struct markup *markup;
    struct text in;
    const char *out;
  } rows[] = {
      {&markup_still_line, TEXT("see https://evil.example"), "see https:" JOINER "//evil.example"},
      {&markup_still_line, TEXT("homer@example.com @homer #x # {{DATE(1)}}"),
       "homer@example.com @" JOINER "homer #" JOINER "x # {" JOINER "{DATE(1)}}"},
      {&markup_stiller_line, TEXT("www.evil.com 10.0.0.1 a@b.c /start 1/2 :skull: a: b"),
       "www." JOINER "evil." JOINER "com 10.0.0.1 a@" JOINER "b." JOINER "c /" JOINER
       "start 1/2 :" JOINER "skull: a: b"},
      {&markup_markdown_line, TEXT("**a** _b_ ~c~ [d](e) <f> |g| `h` \\i"),
       "\\*\\*a\\*\\* \\_b\\_ \\~c\\~ \\[d\\]\\(e\\) \\<f\\> \\|g\\| \\`h\\` \\\\i"},
      {&markup_markdown_line, TEXT("https://evil.example 2024-03-21 a: b @everyone"),
       "https:" JOINER "//evil.example 2024-03-21 a: b @" JOINER "everyone"},
      {&markup_markdown_lines, TEXT("# a\n- b\n1. c\n+ d\n    e\n\tf"),
       "\\# a\n\\- b\n1\\. c\n\\+ d\n\xc2\xa0\xc2\xa0\xc2\xa0\xc2\xa0"
       "e\n\xc2\xa0"
       "f"},
      {&markup_mattermost_line, TEXT("*a* ~town @all #b www.evil.com :x: <u> &lt;"),
       "\\*a\\* \\~" JOINER "town @" JOINER "all \\#" JOINER "b www." JOINER "evil." JOINER
       "com :" JOINER "x: <" JOINER "u\\> &" JOINER "lt;"},
      {&markup_stiller_line, TEXT("07:09:03 a:b"), "07:09:03 a:" JOINER "b"},
      {&markup_html_value, TEXT("a@b.com <x> http://y"), "a@b.com &lt;x&gt; http:" JOINER "//y"},
      {&markup_code, TEXT("a`b` *c*\n\\"), "a'b' *c* \\"},
      {&markup_html_line, TEXT("<b a=\"x\" c='y'>&amp;"),
       "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct buffer out = BUFFER_NONE;
    markup_append(&out, rows[i].markup, rows[i].in, 1000);
    assert_string_equal(out.data, rows[i].out);
    buffer_free(&out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_a_chat_acts_on_is_written_as_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
