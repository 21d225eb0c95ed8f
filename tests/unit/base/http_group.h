/* What starts and ends a group of tests that use the HTTP client. */
#ifndef TESTS_HTTP_GROUP_H
#define TESTS_HTTP_GROUP_H

#include "base/web/http_client.h"

static inline int start_http(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  return http_global_start(&error) ? 0 : -1;
}

static inline int stop_http(void **state) {
  (void)state;
  http_global_stop();
  return 0;
}

#endif
