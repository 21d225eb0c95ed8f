#include "sim/error_answer.h"

void sim_answer_error(struct server_answer *answer, unsigned status, int code,
                      const char *message) {
  answer->status = status;
  buffer_printf(&answer->body, "{\"code\":%d,\"message\":", code);
  buffer_append_json_string(&answer->body, text_from(message));
  buffer_append_char(&answer->body, '}');
}
