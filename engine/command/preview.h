/* `margay alerts preview`: what would be sent to a destination, without sending it. */
#ifndef COMMAND_PREVIEW_H
#define COMMAND_PREVIEW_H

#include "command/terminal/options.h"

#define PREVIEW_EVERY_OCCASION (-1)

struct preview_options {
  const char *config;      /* the configuration's path; NULL: margay.yml */
  const char *destination; /* an id; NULL is a mistake */
  const char *alert_id;    /* may be shortened; NULL: a sample */
  int occasion;            /* enum alert_occasion, or PREVIEW_EVERY_OCCASION that it gets */
};

/* For --occasion; ends with NULL. */
extern const char *const preview_occasions[];

/* Prints the requests on stdout: to which host, which headers, and the body, indented where it is
 * JSON, without any secret. What a destination keeps of an alert is not looked at, so an update is
 * shown as where nothing was sent before, and of several requests the first one. Mistakes are
 * reported as `command`'s. Returns the exit status. */
int preview_run(const struct command *command, const struct preview_options *options);

#endif
