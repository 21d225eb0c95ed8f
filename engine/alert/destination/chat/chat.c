#include "alert/destination/chat/chat.h"

void chat_append_headline(struct buffer *out, const struct message *message,
                          const struct markup *markup, size_t limit) {
  struct buffer severity = BUFFER_NONE;
  buffer_printf(&severity, "%s %s: ", severity_emoji(message->severity),
                severity_name(message->severity));
  buffer_append_text(out, buffer_text(&severity));
  markup_append(out, markup, message->headline, limit - markup_length(buffer_text(&severity)));
  buffer_free(&severity);
}
