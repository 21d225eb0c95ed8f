/*
 * The room api/operation holds the operations: a file for each family, with its constant structs.
 *
 * The list of all operations. Any thread.
 */
#ifndef API_OPERATION_LIST_H
#define API_OPERATION_LIST_H

#include "api/api.h"

/* In the order of the documents; ends with NULL. */
extern const struct api_operation *const api_operations[];

/* NULL: there is none of that name. */
const struct api_operation *api_operation_find(struct text name);

#endif
