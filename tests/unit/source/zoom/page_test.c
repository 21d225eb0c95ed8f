#include "base/buffer.h"
#include "source/zoom/page.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void gather(void *context, struct text record) {
  struct buffer *all = context;
  buffer_append_text(all, record);
  buffer_append_char(all, '|');
}

static const struct {
  const char *page, *records; /* records: each followed by '|'; NULL: no such array */
} cases[] = {
    {"{\"rows\":[]}", ""},
    {" { \"rows\" : [ ] } ", ""},
    {"{\"rows\":[{\"a\":1}]}", "{\"a\":1}|"},
    {"{\"rows\":[{\"a\":1},{\"b\":[{}]}]}", "{\"a\":1}|{\"b\":[{}]}|"},
    {"{\"rows\":[\n {\"a\": 1}\n ,\r\n\t{}\n]\n}", "{\"a\": 1}|{}|"},
    {"{\"x\":{\"rows\":[1]},\"rows\":[2]}", "2|"},
    {"{\"x\":[1,[2]],\"y\":\"]}\\\"\",\"z\":-1.5e3,\"rows\":[true,null,\"a,b\"]}",
     "true|null|\"a,b\"|"},
    {"{\"rows\":[\"\\\\\",\"\\\"]\"]}", "\"\\\\\"|\"\\\"]\"|"},
    {"{\"rows\":[[1,2],[]]}", "[1,2]|[]|"},
    {"{\"next_page_token\":\"\",\"rows\":[{\"a\":\"{\"}],\"x\":1}", "{\"a\":\"{\"}|"},
    {"{}", NULL},
    {"[]", NULL},
    {"", NULL},
    {"{\"rows\":{}}", NULL},
    {"{\"rows\":7}", NULL},
    {"{\"other\":[1]}", NULL},
};

static void the_bytes_of_each_element_are_found(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct buffer all = BUFFER_NONE;
    bool found = page_records(text_from(cases[i].page), TEXT("rows"), gather, &all);
    if (found != (cases[i].records != NULL))
      fail_msg("%s: %s", cases[i].page, found ? "found" : "not found");
    if (found && !text_is(buffer_text(&all), cases[i].records))
      fail_msg("%s: %.*s", cases[i].page, TEXT_ARGS(buffer_text(&all)));
    buffer_free(&all);
  }
}

static void a_page_cut_off_anywhere_does_no_harm(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct text page = text_from(cases[i].page);
    for (size_t size = 0; size < page.size; size++) {
      /* Its own allocation, so that the sanitizer sees a read past the end. */
      struct buffer exact = BUFFER_NONE, all = BUFFER_NONE;
      buffer_append(&exact, page.data, size);
      page_records((struct text){exact.data, size}, TEXT("rows"), gather, &all);
      buffer_free(&exact);
      buffer_free(&all);
    }
  }
}

static void every_report_has_its_log_type(void **state) {
  (void)state;
  assert_string_equal(page_kinds[0].array, "operation_logs");
  assert_string_equal(page_kinds[0].log_type, "Zoom.Operation");
  assert_string_equal(page_kinds[1].array, "activity_logs");
  assert_string_equal(page_kinds[1].log_type, "Zoom.Activity");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_bytes_of_each_element_are_found),
      cmocka_unit_test(a_page_cut_off_anywhere_does_no_harm),
      cmocka_unit_test(every_report_has_its_log_type),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
