#include "alert/destination/destination_server.h"

#include <ctype.h>

enum { SERVER_MAX = 255 };

bool destination_server_check(struct text server, struct error *error) {
  bool ok = server.size > 0 && server.size <= SERVER_MAX;
  for (size_t i = 0; ok && i < server.size; i++)
    ok = isalnum((unsigned char)server.data[i]) ||
         (server.data[i] && strchr(".-:[]", server.data[i]));
  return ok || error_set(error, "server: write it as 'host' or 'host:port'");
}

static bool has_port(struct text server) {
  const char *colon = memrchr(server.data, ':', server.size);
  return colon && !memchr(colon, ']', (size_t)(server.data + server.size - colon));
}

void destination_append_server(struct buffer *out, struct text server, int port) {
  buffer_append_text(out, server);
  if (!has_port(server))
    buffer_printf(out, ":%d", port);
}
