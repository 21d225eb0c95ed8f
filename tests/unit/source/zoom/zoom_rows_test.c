/* The rows of a window: their numbers, their order, and the memory that they take. */
#include "event/event.h"
#include "source/source_world.h"
#include "source/zoom/zoom_client.h"
#include "source/zoom/zoom_rows.h"

/* A window of pages; what it pushes goes into the store of the world. */
struct window {
  struct world world;
  struct zoom_rows rows;
  struct json_reader *reader;
  struct buffer page;
};

#define REPORT (&zoom_report_table[0])

static void start_window(struct window *window) {
  *window = (struct window){.rows = ZOOM_ROWS_NONE};
  world_start(&window->world, "2026-11-21T12:00:00Z");
  window->reader = json_reader_new();
}

static void end_window(struct window *window) {
  zoom_rows_free(&window->rows);
  json_reader_free(window->reader);
  buffer_free(&window->page);
  world_end(&window->world);
}

/* Rows are given as "first,second,…"; they become a page. */
static void add_page(struct window *window, const char *rows) {
  struct error error = ERROR_NONE;
  buffer_reset(&window->page);
  buffer_printf(&window->page, "{\"operation_logs\":[%s]}", rows);
  const struct json_node *root = json_read_copy(window->reader, buffer_text(&window->page), &error);
  assert_non_null(root);
  assert_true(zoom_rows_add(&window->rows, REPORT, buffer_text(&window->page),
                            json_get(root, TEXT("operation_logs")), &error));
}

static void push_window(struct window *window) {
  struct error error = ERROR_NONE;
  const struct source_run run = world_run(&window->world);
  assert_true(zoom_rows_number(&window->rows, &run, REPORT, &error));
  assert_true(
      zoom_rows_push(&window->rows, &run, REPORT, memory_copy_string("{}"), TIME_NONE, &error));
  zoom_rows_reset(&window->rows);
}

#define ROW(minute, name) "{\"time\":\"2026-11-21T11:" minute ":00Z\",\"operator\":\"" name "\"}"

static void rows_are_pushed_in_order_of_time_and_then_as_they_were_served(void **state) {
  (void)state;
  struct window window;
  start_window(&window);
  add_page(&window, ROW("03", "c") "," ROW("01", "a"));
  add_page(&window, ROW("02", "b") "," ROW("01", "A"));
  push_window(&window);
  static const char expected[] =
      ROW("01", "a") "\n" ROW("01", "A") "\n" ROW("02", "b") "\n" ROW("03", "c") "\n";
  assert_true(text_is(buffer_text(&window.world.seen), expected));
  end_window(&window);
}

static void identical_rows_are_numbered_and_known_when_they_come_again(void **state) {
  (void)state;
  struct window window;
  start_window(&window);
  add_page(&window, ROW("01", "a") "," ROW("01", "a"));
  add_page(&window, ROW("02", "b") ",{\"operator\":\"a\",\"time\":\"2026-11-21T11:01:00Z\"}");
  push_window(&window);
  assert_int_equal(window.world.added, 4);
  add_page(&window, ROW("02", "b") "," ROW("01", "a") "," ROW("01", "a") "," ROW("01", "a"));
  push_window(&window);
  assert_int_equal(window.world.records, 4);
  add_page(&window, ROW("01", "a") "," ROW("01", "a") "," ROW("01", "a") "," ROW("01", "a"));
  push_window(&window);
  assert_int_equal(window.world.added, 5);
  end_window(&window);
}

/* Three times what the sort holds in memory; each row comes twice, at either end. */
static void rows_that_do_not_fit_into_memory_keep_their_numbers_and_their_order(void **state) {
  (void)state;
  enum { ROWS = 300, FILLER = 80000 };
  struct window window;
  start_window(&window);
  char *row = memory_alloc(FILLER + 200);
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < ROWS; i++) {
      int number = round ? i : ROWS - 1 - i;
      int size = sprintf(row, "{\"time\":\"2026-11-21T%02d:%02d:00Z\",\"operator\":\"", number / 60,
                         number % 60);
      memset(row + size, 'x', FILLER);
      memcpy(row + size + FILLER, "\"}", sizeof "\"}");
      add_page(&window, row);
    }
  free(row);
  push_window(&window);
  assert_int_equal(window.world.added, 2 * ROWS);
  assert_false(window.world.out_of_order);
  end_window(&window);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_pushed_in_order_of_time_and_then_as_they_were_served),
      cmocka_unit_test(identical_rows_are_numbered_and_known_when_they_come_again),
      cmocka_unit_test(rows_that_do_not_fit_into_memory_keep_their_numbers_and_their_order),
  };
  return cmocka_run_group_tests_name("zoom_rows", tests, NULL, NULL);
}
