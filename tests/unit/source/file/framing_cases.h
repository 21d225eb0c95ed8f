/* Every form of a file, and the records that it holds: for framing alone, and for streams over
 * files. */
#ifndef TESTS_FRAMING_CASES_H
#define TESTS_FRAMING_CASES_H

#include "base/buffer.h"
#include "base/memory.h"
#include "source/file/framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PAGE_A                                                                                     \
  "{\"from\":\"a\",\"operation_logs\":[{\"n\":1},{\"n\":[2]}],\"next_page_token\":\"\"}"
#define PAGE_B "{\"activity_logs\":[{\"m\":1}]}"
#define OPERATION "Zoom.Operation"
#define ACTIVITY "Zoom.Activity"

struct expected {
  const char *record, *log_type;
};

struct framing_case {
  const char *name;
  struct text input;
  enum framing_form form;
  struct expected records[8];
  bool cut_off; /* the stream ends within an array or a page */
};

#define INPUT(literal) .input = {literal, sizeof(literal) - 1}

static const struct framing_case cases[] = {
    {"an empty file", INPUT(""), FRAMING_LINES, {{NULL, NULL}}, false},
    {"only blank lines", INPUT("\n \n\r\n\t\n"), FRAMING_LINES, {{NULL, NULL}}, false},
    {"lines",
     INPUT("{\"a\":1}\n{\"b\":2}\n"),
     FRAMING_LINES,
     {{"{\"a\":1}", ""}, {"{\"b\":2}", ""}},
     false},
    {"a last line without its newline",
     INPUT("{\"a\":1}\n{\"b\":2}"),
     FRAMING_LINES,
     {{"{\"a\":1}", ""}, {"{\"b\":2}", ""}},
     false},
    {"one line", INPUT("{\"a\":1}"), FRAMING_LINES, {{"{\"a\":1}", ""}}, false},
    {"carriage returns and blank lines",
     INPUT("{\"a\":1}\r\n\r\n{\"b\":2}\r\n"),
     FRAMING_LINES,
     {{"{\"a\":1}", ""}, {"{\"b\":2}", ""}},
     false},
    {"a page whose end is damaged",
     INPUT("{\"operation_logs\":[{\"n\":1}]{\"n\":2}"),
     FRAMING_VALUES,
     {{"{\"n\":1}", OPERATION}},
     true},
    {"a byte order mark",
     INPUT("\xef\xbb\xbf{\"a\":1}\n{\"b\":2}\n"),
     FRAMING_LINES,
     {{"{\"a\":1}", ""}, {"{\"b\":2}", ""}},
     false},
    {"a first line that was cut short",
     INPUT("{\"a\":\"x\n{\"b\":2}\n"),
     FRAMING_LINES,
     {{"{\"a\":\"x", ""}, {"{\"b\":2}", ""}},
     false},
    {"a first line cut after a value",
     INPUT("{\"a\":1\n{\"b\":2}\n"),
     FRAMING_LINES,
     {{"{\"a\":1", ""}, {"{\"b\":2}", ""}},
     false},
    {"text that is no JSON",
     INPUT("hello\n{\"b\":2}\n"),
     FRAMING_LINES,
     {{"hello", ""}, {"{\"b\":2}", ""}},
     false},
    {"brackets and escapes in strings",
     INPUT("{\"a\":\"}]\\\"{\\\\\"}\n{\"b\":2}\n"),
     FRAMING_LINES,
     {{"{\"a\":\"}]\\\"{\\\\\"}", ""}, {"{\"b\":2}", ""}},
     false},
    {"a value over several lines",
     INPUT("{\n \"a\": [1,\n 2]\n}\n{\n \"b\": {}}\n"),
     FRAMING_VALUES,
     {{"{\n \"a\": [1,\n 2]\n}", ""}, {"{\n \"b\": {}}", ""}},
     false},
    {"a value whose comma leads the line",
     INPUT("{\"a\":1\n,\"b\":2}\n{}"),
     FRAMING_VALUES,
     {{"{\"a\":1\n,\"b\":2}", ""}, {"{}", ""}},
     false},
    {"values on one line",
     INPUT("{\"a\":1}{\"b\":2} {\"c\":3}"),
     FRAMING_VALUES,
     {{"{\"a\":1}", ""}, {"{\"b\":2}", ""}, {"{\"c\":3}", ""}},
     false},
    {"an array",
     INPUT("[{\"a\":1},\n {\"b\":[2,{}]} , 7, \"x,]\\\"\" ]\n"),
     FRAMING_VALUES,
     {{"{\"a\":1}", ""}, {"{\"b\":[2,{}]}", ""}, {"7", ""}, {"\"x,]\\\"\"", ""}},
     false},
    {"an array behind a byte order mark",
     INPUT("\xef\xbb\xbf[{\"a\":1}]"),
     FRAMING_VALUES,
     {{"{\"a\":1}", ""}},
     false},
    {"an array in an array is one record",
     INPUT("[[{\"a\":1}],{}]"),
     FRAMING_VALUES,
     {{"[{\"a\":1}]", ""}, {"{}", ""}},
     false},
    {"an empty array", INPUT("[]\n"), FRAMING_VALUES, {{NULL, NULL}}, false},
    {"an array that was cut off",
     INPUT("[{\"a\":1},\n"),
     FRAMING_VALUES,
     {{"{\"a\":1}", ""}},
     true},
    {"an array cut off within a record",
     INPUT("[{\"a\":1},{\"b\""),
     FRAMING_VALUES,
     {{"{\"a\":1}", ""}, {"{\"b\"", ""}},
     false},
    {"an array with a damaged element",
     INPUT("[{\"a\":1 x},\n{\"b\":\"cut\n{\"c\":3},{\"d\":4}]"),
     FRAMING_VALUES,
     {{"{\"a\":1 x}", ""}, {"{\"b\":\"cut", ""}, {"{\"c\":3}", ""}, {"{\"d\":4}", ""}},
     false},
    {"values of which one is cut short",
     INPUT("{\n\"a\": 1\n{\n\"b\": 2\n}\n"),
     FRAMING_VALUES,
     {{"{\n\"a\": 1\n", ""}, {"{\n\"b\": 2\n}", ""}},
     false},
    {"garbage between values",
     INPUT("{\n\"a\":1}\nrubbish } here\n{\"b\":2}"),
     FRAMING_VALUES,
     {{"{\n\"a\":1}", ""}, {"rubbish } here", ""}, {"{\"b\":2}", ""}},
     false},
    {"a page",
     INPUT(PAGE_A),
     FRAMING_VALUES,
     {{"{\"n\":1}", OPERATION}, {"{\"n\":[2]}", OPERATION}},
     false},
    {"pages one after another",
     INPUT(PAGE_A "\n" PAGE_B "\n" PAGE_A),
     FRAMING_VALUES,
     {{"{\"n\":1}", OPERATION},
      {"{\"n\":[2]}", OPERATION},
      {"{\"m\":1}", ACTIVITY},
      {"{\"n\":1}", OPERATION},
      {"{\"n\":[2]}", OPERATION}},
     false},
    {"an array of pages",
     INPUT("[" PAGE_A "," PAGE_B "]"),
     FRAMING_VALUES,
     {{"{\"n\":1}", OPERATION}, {"{\"n\":[2]}", OPERATION}, {"{\"m\":1}", ACTIVITY}},
     false},
    {"a page over several lines",
     INPUT(
         "{\n  \"page_size\": 2,\n  \"activity_logs\": [\n    {\n      \"m\": 1\n    }\n  ]\n}\n"),
     FRAMING_VALUES,
     {{"{\n      \"m\": 1\n    }", ACTIVITY}},
     false},
    {"a page with both arrays",
     INPUT("{\"activity_logs\":[{\"m\":1}],\"operation_logs\":[{\"n\":1}]}"),
     FRAMING_VALUES,
     {{"{\"m\":1}", ACTIVITY}, {"{\"n\":1}", OPERATION}},
     false},
    {"a page whose records are known by their keys",
     INPUT("{\"operation_logs\":[{\"operation_log_id\":\"x\"},{\"n\":\"operation_log_id\"}]}"),
     FRAMING_VALUES,
     {{"{\"operation_log_id\":\"x\"}", "Zoom.ContactCenterOperation"},
      {"{\"n\":\"operation_log_id\"}", OPERATION}},
     false},
    {"pages of other reports",
     INPUT("{\"remote_support_logs\":[{\"n\":1}]}{\"channel_activity_logs\":[{\"m\":1}]}"),
     FRAMING_VALUES,
     {{"{\"n\":1}", "Zoom.RemoteSupport"}, {"{\"m\":1}", "Zoom.ChatChannelActivity"}},
     false},
    {"an empty page",
     INPUT("{\"activity_logs\":[],\"next_page_token\":\"\"}"),
     FRAMING_VALUES,
     {{NULL, NULL}},
     false},
    {"a page that was cut off",
     INPUT("{\"activity_logs\":[{\"m\":1}]"),
     FRAMING_VALUES,
     {{"{\"m\":1}", ACTIVITY}},
     true},
    {"a page's array deeper down is part of a record",
     INPUT("{\"x\":{\"activity_logs\":[1]}}\n"),
     FRAMING_LINES,
     {{"{\"x\":{\"activity_logs\":[1]}}", ""}},
     false},
    {"a page's key with another value is part of a record",
     INPUT("{\"activity_logs\":1}\n"),
     FRAMING_LINES,
     {{"{\"activity_logs\":1}", ""}},
     false},
};

#define CASE_COUNT (sizeof(cases) / sizeof(cases[0]))

static inline void expect_record(const struct framing_case *test, size_t block_size, size_t index,
                                 struct text record, struct text log_type, uint64_t position) {
  if (index >= 8 || !test->records[index].record)
    fail_msg("%s (blocks of %zu): record too many: %.*s", test->name, block_size,
             TEXT_ARGS(record));
  if (!text_is(record, test->records[index].record))
    fail_msg("%s (blocks of %zu): record %zu is '%.*s'", test->name, block_size, index,
             TEXT_ARGS(record));
  if (!text_is(log_type, test->records[index].log_type))
    fail_msg("%s (blocks of %zu): record %zu has log type '%.*s'", test->name, block_size, index,
             TEXT_ARGS(log_type));
  assert_memory_equal(test->input.data + position, record.data, record.size);
}

static inline void expect_count(const struct framing_case *test, size_t block_size, size_t count) {
  size_t expected = 0;
  while (expected < 8 && test->records[expected].record)
    expected++;
  if (count != expected)
    fail_msg("%s (blocks of %zu): %zu records", test->name, block_size, count);
}

#endif
