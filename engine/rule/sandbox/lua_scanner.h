/* Just enough of Lua's lexical grammar (Lua 5.4 manual, 3.1) to distinguish keys from strings and
 * comments. The source may be anything: what is malformed ends the current token. A value of its
 * owner; any thread. */
#ifndef RULE_SANDBOX_LUA_SCANNER_H
#define RULE_SANDBOX_LUA_SCANNER_H

#include "base/buffer.h"

/* What the next token begins with. A copy of it looks ahead. */
struct lua_scanner {
  struct text source, key;
  size_t at;
  unsigned line;         /* from 1 on */
  struct buffer *string; /* gets the bytes of each string; NULL: nobody wants them */
};

enum lua_token_type {
  LUA_TOKEN_END,
  LUA_TOKEN_NAME,
  LUA_TOKEN_STRING,
  LUA_TOKEN_NUMBER,
  LUA_TOKEN_SYMBOL
};

struct lua_token {
  enum lua_token_type type;
  char symbol; /* a SYMBOL's character; 0 for a comparison with == */
  bool is_key; /* a name or string that says the key, escapes resolved */
  int block;   /* 1: a word that a later `end` or `until` closes; -1: such a word */
  unsigned line;
};

/* At the beginning, behind a first line that begins with #. The source must outlive it. */
struct lua_scanner lua_scanner_start(struct text source, struct text key);

/* Goes over blanks and comments. */
void lua_scanner_skip_blanks(struct lua_scanner *scanner);

/* The next token, which it goes over. */
struct lua_token lua_scanner_next(struct lua_scanner *scanner);

#endif
