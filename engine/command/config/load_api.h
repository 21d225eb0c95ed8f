/* Rules read anew for the API. Any thread. */
#ifndef COMMAND_CONFIG_LOAD_API_H
#define COMMAND_CONFIG_LOAD_API_H

#include "api/rules/rule_loader.h"

/* Reads with the configuration at this path, which must outlive the loader. */
struct rule_loader load_for_api(const char *config);

#endif
