/* Reading the tables that a rule file declares itself with: strictly, each mistake reported at the
 * line of its key. Private to the files that read metadata and correlations. */
#ifndef RULE_LOAD_METADATA_READER_H
#define RULE_LOAD_METADATA_READER_H

#include "base/yaml/problems.h"
#include "rule/set/rule_set.h"

#include <lua.h>

struct metadata_reader {
  lua_State *lua;
  struct rule_set *set; /* its arena keeps what is read */
  struct rule *rule;
  struct problems *problems;
  unsigned line;   /* where the table begins that is read */
  struct text key; /* that is being read, at or after that line; empty = none */
};

/* Adds a problem at the line of the key that is being read. Always false. */
bool metadata_mistake(struct metadata_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Leaves one value above the table at the top of the stack: the same table with raw access, also
 * where a library made it read-only. Returns its place. */
int metadata_open_table(lua_State *lua);

/* Each reads the value at the top of the stack, which stays. `what` names it in messages. False
 * after a mistake was reported. */
bool metadata_read_text(struct metadata_reader *reader, const char *what, struct text *out);
bool metadata_read_list(struct metadata_reader *reader, const char *what,
                        size_t at_most /* 0 = any number */, struct text_list *out);
bool metadata_read_number(struct metadata_reader *reader, const char *what, int64_t least,
                          int64_t most, int64_t *out);
bool metadata_read_bool(struct metadata_reader *reader, const char *what, bool *out);

#endif
