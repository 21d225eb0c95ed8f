/* What the module `kv` works on: which rule's function runs, and with which kv. One for each vm. */
#ifndef RULE_BINDING_RULE_KV_H
#define RULE_BINDING_RULE_KV_H

#include "event/json/json.h"
#include "rule/kv/kv.h"
#include "rule/rule.h"

#include <lua.h>

struct rule_kv {
  struct kv *kv;           /* NULL: there is none */
  const struct rule *rule; /* whose function runs; NULL: none does */
  /* Scratch of the module: */
  struct json_reader *json;
  struct buffer buffer;
  struct text *items;
  size_t item_capacity;
};

/* The module. Its functions are errors until a rule_kv is attached. */
int rule_open_kv(lua_State *lua);

/* Attaches it to a state; it must live as long as the state. */
void rule_kv_attach(lua_State *lua, struct rule_kv *rule_kv);

void rule_kv_free(struct rule_kv *rule_kv); /* the scratch */

#endif
