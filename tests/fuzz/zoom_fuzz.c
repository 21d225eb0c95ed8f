/*
 * Zoom's answers: for a token and for pages of reports. The first byte is the endpoint, the second
 * the status. Each is either good or an error in plain words; every row of a good page is handed on
 * once, with the bytes that Zoom sent, in order of time, whatever else the page holds.
 */
#include "base/memory.h"
#include "source/zoom/page.h"
#include "source/zoom/zoom_answer.h"
#include "source/zoom/zoom_rows.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

static void must_be_plain(const struct error *error) {
  must(error->set && *error->text);
  for (const char *at = error->text; *at; at++)
    must((uint8_t)*at >= 0x20 && *at != 0x7f);
}

/* Nothing is known but rows whose id begins with 0. */
static bool row_known(void *context, struct text row_id, bool *known, struct error *error) {
  (void)context, (void)error;
  *known = row_id.data[0] == '0';
  return true;
}

struct pushed {
  struct json_reader *reader;
  size_t rows, checkpoints;
  time_us latest;
  const struct zoom_report *report;
};

static time_us time_of(const struct json_node *row, const char *field) {
  const struct json_node *node = json_get(row, text_from(field));
  time_us time;
  return node && node->type == JSON_TYPE_STRING && time_parse(json_text(node), &time) ? time
                                                                                      : TIME_NONE;
}

static bool push(void *context, struct batch *batch) {
  struct pushed *pushed = context;
  struct text record;
  uint64_t occurrence;
  for (size_t cursor = 0; batch_next(batch, &cursor, &record, &occurrence); pushed->rows++) {
    struct error error = ERROR_NONE;
    const struct json_node *row = json_read_copy(pushed->reader, record, &error);
    must(row != NULL);
    time_us time = time_of(row, pushed->report->time_field);
    must(time >= pushed->latest);
    pushed->latest = time;
  }
  pushed->checkpoints += batch->checkpoint != NULL;
  batch_free(batch);
  return true;
}

static bool drain(void *context) {
  (void)context;
  return true;
}

static bool has_twice(struct text page, const char *name) {
  const char *end = page.data + page.size;
  const char *first = memmem(page.data, page.size, name, strlen(name));
  return first && memmem(first + 1, (size_t)(end - first - 1), name, strlen(name));
}

/* The page comes twice, as two pages of a window. */
static void hand_on(const struct zoom_report *report, struct text page,
                    const struct json_node *array) {
  struct pushed pushed = {.reader = json_reader_new(), .latest = INT64_MIN, .report = report};
  struct source source = {.id = TEXT("zoom")};
  struct source_run run = {.source = &source,
                           .memory = {.row_known = row_known},
                           .clock = clock_system(),
                           .output = {&pushed, push, drain}};
  struct zoom_rows rows = ZOOM_ROWS_NONE;
  struct error error = ERROR_NONE;
  zoom_rows_reset(&rows);
  bool added = true;
  for (int pages = 0; added && pages < 2; pages++)
    added = zoom_rows_add(&rows, report, page, array, &error);
  must(added != error.set);
  /* A name with an escape in it is another one to page_records, and never one of Zoom's. */
  must(added || memchr(page.data, '\\', page.size) || has_twice(page, report->array));
  must(!added || rows.fetched == 2 * (uint64_t)array->size);
  struct error failed = ERROR_NONE;
  bool known = true;
  must(!added ||
       zoom_rows_page_known(&rows, &run, report, page, array, INT64_MAX, &known, &failed));
  must(!known || !added || !rows.order.broken);
  must(zoom_rows_number(&rows, &run, report, &failed));
  size_t expected = (size_t)rows.count;
  must(zoom_rows_push(&rows, &run, report, memory_copy_string("{}"), TIME_NONE, &failed));
  must(pushed.rows == expected && pushed.checkpoints == 1);
  zoom_rows_free(&rows);
  json_reader_free(pushed.reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const long statuses[] = {200, 204, 301, 400, 401, 403, 404, 408, 429, 500, 999};
  if (size < 2)
    return 0;
  size_t endpoint = data[0] % (ZOOM_REPORT_COUNT + 1);
  long status = statuses[data[1] % (sizeof statuses / sizeof *statuses)];
  struct buffer body = BUFFER_NONE;
  struct error parse_error = ERROR_NONE, error = ERROR_NONE;
  struct json_reader *reader = json_reader_new();
  buffer_append(&body, data + 2, size - 2);
  const struct json_node *root = zoom_answer_parse(reader, &body, &parse_error);
  must((root == NULL) == parse_error.set);
  if (endpoint == ZOOM_REPORT_COUNT) {
    if (zoom_answer_of_grant(status, root, "", &error) == ZOOM_ANSWER_GOOD)
      for (struct text token = json_text(json_get(root, TEXT("access_token"))); token.size > 0;
           token.data++, token.size--)
        must((uint8_t)*token.data > 0x20 && (uint8_t)*token.data < 0x7f);
    else
      must_be_plain(&error);
  } else {
    const struct zoom_report *report = &zoom_report_table[endpoint];
    struct http_response response = HTTP_RESPONSE_NONE;
    response.status = status;
    if (zoom_answer_of_report(report, &response, root, &error) == ZOOM_ANSWER_GOOD)
      hand_on(report, buffer_text(&body), json_get(root, text_from(report->array)));
    else
      must_be_plain(&error);
  }
  json_reader_free(reader);
  buffer_free(&body);
  return 0;
}
