/*
 * A Lua file that defines functions of given names, each of which takes a JSON value and gives one:
 * for what people write in Lua beside rules (templates of messages).
 *
 *   function title(alert) return alert.actor .. ": " .. alert.title end
 *
 * The file runs in a sandbox of its own (rule/sandbox/sandbox.h), with the modules of rules (re,
 * ip, time) and neither an event nor kv nor libraries. Each call has all limits to itself.
 *
 * Functions belong to one thread at a time.
 */
#ifndef RULE_VM_JSON_FUNCTIONS_H
#define RULE_VM_JSON_FUNCTIONS_H

#include "base/buffer.h"
#include "base/error.h"

struct json_functions;

/* Compiles and runs the file. `names`, which ends with NULL and outlives the functions, are those
 * that it may define; a function of another name that is no local one is a mistake, and so is a
 * file that defines none. The path is for errors. NULL with the mistake and its place. */
struct json_functions *json_functions_load(const char *file, struct text source,
                                           const char *const *names, struct error *error);
void json_functions_free(struct json_functions *functions); /* NULL is fine */

/* Calls a function with a value in JSON, and appends what it returns as JSON of at most `max`
 * bytes; nothing for nil and false, or when the file does not define it. False with the reason and
 * its place. */
bool json_functions_call(struct json_functions *functions, const char *name, struct text argument,
                         size_t max, struct buffer *json, struct error *error);

#endif
