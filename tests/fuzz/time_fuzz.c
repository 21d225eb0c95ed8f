/*
 * Forms of time, and times to be read by them: a form's text up to the first newline, then the
 * time's. Whatever the bytes are, a form that is accepted reads what the C library writes by it,
 * and a time that is read is one that margay can show, and reads back from what is shown.
 */
#include "base/clock.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FORM_SIZE 200
#define A_SECOND INT64_C(1711004943) /* 2024-03-21T07:09:03Z */

static void must(bool holds) {
  if (!holds)
    abort();
}

static void must_read_back(time_us time) {
  struct time_string string;
  time_us back;
  must(time_is_readable(time));
  must(time_parse(text_from(time_format(time, &string)), &back) && back == time);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* The day at least, since a form need not say the hour. */
static void must_read_what_is_written(const char *form) {
  time_t second = A_SECOND;
  struct tm parts;
  char written[4096];
  time_us time;
  gmtime_r(&second, &parts);
  size_t length = strftime(written, sizeof written, form, &parts);
  if (length == 0 || strstr(form, "%f"))
    return; /* strftime knows no fraction */
  must(time_parse_strftime((struct text){written, length}, form, &time));
  must(time / US_PER_DAY == A_SECOND * US_PER_SECOND / US_PER_DAY);
}

#pragma GCC diagnostic pop

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
  size_t form_size = newline ? (size_t)(newline - data) : size;
  if (form_size >= FORM_SIZE)
    return -1; /* keeps it out of the corpus */
  char form[FORM_SIZE] = "";
  memcpy(form, data, form_size);
  struct text text = {NULL, 0};
  if (newline)
    text = (struct text){(const char *)newline + 1, size - form_size - 1};

  struct error error = ERROR_NONE;
  time_us time;
  if (time_form_check((struct text){form, form_size}, &error))
    must_read_what_is_written(form);
  else
    must(error.text[0] != '\0');
  if (time_parse_strftime(text, form, &time))
    must_read_back(time);
  if (time_parse(text, &time))
    must_read_back(time);
  return 0;
}
