/* From what Lua raised to an error with its place. Private to the sandbox. The sandbox's thread
 * only. */
#ifndef RULE_SANDBOX_SANDBOX_ERROR_H
#define RULE_SANDBOX_SANDBOX_ERROR_H

#include "base/error.h"

struct sandbox;

/* Turns the error value at the top of the stack into an error, and pops it. `status` is what the
 * protected call or the compiler gave; `file` is the file that was compiled, or NULL. */
void sandbox_take_error(struct sandbox *sandbox, int status, const char *file, struct error *error);

#endif
