/* Lua's spelling of texts, for commands that write rules. Any thread. */
#ifndef COMMAND_LUA_TEXT_H
#define COMMAND_LUA_TEXT_H

#include "base/buffer.h"

/* Appends the text in quotes; any bytes. */
void lua_text_write(struct buffer *out, struct text text);

#endif
