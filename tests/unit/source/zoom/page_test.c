#include "base/buffer.h"
#include "source/zoom/page.h"
#include "source/zoom/zoom_report.h"

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
    {"{\"rows\":[1],\"rows\":[2]}", NULL},
    {"{\"rows\":[1],\"x\":2,\"rows\":null}", NULL},
    {"{\"rows\":0,\"rows\":[2]}", NULL},
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

static void records_of_one_array_are_told_apart_by_their_keys(void **state) {
  (void)state;
  static const struct {
    const char *record, *log_type;
  } rows[] = {
      {"{\"time\":\"2024-03-21T07:09:03Z\"}", "Zoom.Operation"},
      {"{\"operation_log_id\":\"x\"}", "Zoom.ContactCenterOperation"},
      {"{\"a\":1,\"operation_log_id\" \n:null}", "Zoom.ContactCenterOperation"},
      {"{\"operator\":\"operation_log_id\",\"a\":1}", "Zoom.Operation"},
      {"{\"operator\":\"\\\"operation_log_id\\\":\"}", "Zoom.Operation"},
      {"\"operation_log_id\"", "Zoom.Operation"},
      {"operation_log_id", "Zoom.Operation"},
      {"", "Zoom.Operation"},
  };
  const struct page_kind *kind = page_kind_find(TEXT("operation_logs"));
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    assert_string_equal(page_kind_log_type(kind, text_from(rows[i].record)), rows[i].log_type);
  kind = page_kind_find(TEXT("channel_activity_logs"));
  assert_string_equal(page_kind_log_type(kind, TEXT("{}")), "Zoom.ChatChannelActivity");
  assert_null(page_kind_find(TEXT("rows")));
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
  /* Phones' and the Video SDK's look like the account's operations. */
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++) {
    const struct zoom_report *report = &zoom_report_table[i];
    bool found = false;
    for (const struct page_kind *kind = page_kinds; kind->array; kind++)
      found = found || (strcmp(kind->array, report->array) == 0 &&
                        strcmp(kind->log_type, report->log_type) == 0);
    assert_int_equal(found, strcmp(report->name, "phone_operation") != 0 &&
                                strcmp(report->name, "video_sdk_operation") != 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_bytes_of_each_element_are_found),
      cmocka_unit_test(records_of_one_array_are_told_apart_by_their_keys),
      cmocka_unit_test(a_page_cut_off_anywhere_does_no_harm),
      cmocka_unit_test(every_report_has_its_log_type),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
