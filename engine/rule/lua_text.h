/* Lua's spelling of texts, for what writes rules. Any thread. */
#ifndef RULE_LUA_TEXT_H
#define RULE_LUA_TEXT_H

#include "base/buffer.h"

/* Appends the text in quotes; any bytes. */
void lua_text_write(struct buffer *out, struct text text);

#endif
