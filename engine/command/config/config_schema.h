/* A JSON schema (draft 7) of margay.yml, for editors: made from the tables that read it. */
#ifndef COMMAND_CONFIG_CONFIG_SCHEMA_H
#define COMMAND_CONFIG_CONFIG_SCHEMA_H

#include <jansson.h>

/* The caller's. */
json_t *config_schema(void);

#endif
