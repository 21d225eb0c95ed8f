/* The tables of docs/configuration.md, made from the tables that read the configuration. */
#ifndef COMMAND_CONFIG_CONFIG_MARKDOWN_H
#define COMMAND_CONFIG_CONFIG_MARKDOWN_H

#include "base/buffer.h"

/* Appends a heading and a table for every mapping and every kind: "## state", "### zoom_reports",
 * "### http.limits". The document has the same headings and tables, and prose between them. Any
 * thread. */
void config_markdown(struct buffer *out);

#endif
