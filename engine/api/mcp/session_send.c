/* What a session says, from the thread that reads and the one that calls. */
#include "alert/message/alert_json.h"
#include "api/mcp/session_internal.h"

void mcp_send(struct mcp_session *session, json_t *message) {
  struct buffer line = BUFFER_NONE;
  json_append_and_free(&line, message);
  pthread_mutex_lock(&session->send_mutex);
  session->options.send(session->options.context, buffer_text(&line));
  pthread_mutex_unlock(&session->send_mutex);
  buffer_free(&line);
}
