/*
 * The room api/mcp serves operations as tools of a language model: the Model Context Protocol,
 * revision 2025-06-18, as a subprocess that is talked to in lines
 * (https://modelcontextprotocol.io/specification/2025-06-18).
 *
 * An operation as a tool: its name, and the JSON schema of its arguments. Any thread.
 */
#ifndef API_MCP_TOOL_H
#define API_MCP_TOOL_H

#include "api/api.h"

/* Whether it is one: what reads, and with `writes` what changes something, too. What is only good
 * over HTTP is none. */
bool tool_is_offered(const struct api_operation *operation, bool writes);

/* The operation of a tool's name, "alerts_list"; NULL: none of those that are offered. */
const struct api_operation *tool_find(struct text name, bool writes);

/* A new reference: the tool as tools/list describes it. */
json_t *tool_describe(const struct api_operation *operation);

#endif
