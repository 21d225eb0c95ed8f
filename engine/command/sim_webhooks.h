/* margay sim --webhooks: sends webhooks, and prints what became of them. */
#ifndef COMMAND_SIM_WEBHOOKS_H
#define COMMAND_SIM_WEBHOOKS_H

#include "command/terminal/options.h"
#include "sim/sender/sender.h"

struct sim_webhooks_arguments {
  const char *url; /* NULL: none are to be sent */
  const char *secret_token, *repeated, *forged, *ca_file;
  int64_t connections, rate, burst;
  struct text_list_option retry_after;
};

/* `options` with bodies, count and shares; the arguments fill in the others. The exit status. */
int sim_webhooks(const struct command *command, const struct sim_webhooks_arguments *arguments,
                 struct sender_options *options);

#endif
