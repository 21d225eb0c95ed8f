/*
 * What a browser, or a person, brings back from a login. The first byte says who. A code is taken
 * only with the login's state, or from a person who gives nothing else, and is never more than a
 * code; whatever else comes is refused in plain words.
 */
#include "source/zoom/zoom_login.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct text state = TEXT_INIT("a-state-of-43-bytes-that-nobody-can-guess_x");
  struct zoom_login login = ZOOM_LOGIN_NONE;
  struct buffer code = BUFFER_NONE;
  struct error error = ERROR_NONE;
  if (size < 1)
    return 0;
  bool is_pasted = data[0] & 1;
  struct text given = {(const char *)data + 1, size - 1};
  buffer_append_text(&login.state, state);
  enum zoom_login_reply reply = is_pasted ? zoom_login_read_pasted(&login, given, &code, &error)
                                          : zoom_login_read(&login, given, &code, &error);
  must((reply == ZOOM_LOGIN_CODE) != error.set);
  for (const char *at = error.text; *at; at++)
    must((uint8_t)*at >= 0x20 && *at != 0x7f);
  if (reply == ZOOM_LOGIN_CODE) {
    must(code.size > 0 && code.size <= 2048);
    for (size_t i = 0; i < code.size; i++)
      must((uint8_t)code.data[i] > 0x20 && (uint8_t)code.data[i] < 0x7f);
    /* A person's code alone has no room for anything else. */
    must(memchr(given.data, '=', given.size) || is_pasted);
  }
  zoom_login_free(&login);
  buffer_free(&code);
  return 0;
}
