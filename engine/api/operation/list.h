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

#endif
