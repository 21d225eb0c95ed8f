/*
 * The room command/sim holds `margay sim`: its options, how they are read, and one file for each
 * kind of thing that it does with them.
 */
#ifndef COMMAND_SIM_SIM_INTERNAL_H
#define COMMAND_SIM_SIM_INTERNAL_H

#include "command/command.h"

#include "sim/sim.h"

#include <signal.h>

#define COUNT_DEFAULT 1000
#define COUNT_MAX INT64_C(1000000000)
#define TENANT_FROM "2026-01-05" /* a Monday; always the same, so that the records are, too */

/* As they were written; NULL, 0 and -1 (`count`): not given. */
struct sim_arguments {
  const struct command *command; /* whose mistakes are reported */
  bool receiver, shift, to_exclusive, oldest_first, tokens_coexist, classic_scopes, deny_login;
  int64_t port, latency_ms, seed, count, users, days;
  struct text_list_option faults, generate, no_scope, attacks;
  const char *account_id, *client_id, *client_secret, *token_lifetime, *page_token_lifetime;
  const char *refresh_grace;
  const char *start, *end, *now, *matches, *out, *from, *output, *attack_log;
  int print; /* 0: none; else a report of report_kinds, plus 1 */
  struct {
    const char *url; /* NULL: none are to be sent */
    const char *secret_token, *repeated, *forged, *ca_file;
    int64_t connections, rate, burst;
    struct text_list_option retry_after;
  } webhooks;
};

/* ---- reading ------------------------------------------------------------------------------- */

/* False after a mistake, which was reported. The options borrow from the arguments; their clock may
 * stand at *now. */
bool sim_read_options(const struct sim_arguments *arguments, time_us *now,
                      struct sim_options *options);

/* A number from 0 to 1; *share stays as it is when nothing is written. */
bool sim_read_share(const struct sim_arguments *arguments, const char *option, const char *written,
                    double *share);

/* The texts of a list. The caller frees the array. */
const char **sim_list_of(const struct text_list_option *option);

/* Reports the error on stderr; EXIT_USAGE. */
int sim_report(const struct sim_arguments *arguments, const struct error *error);

/* Blocks SIGTERM and SIGINT in this thread and in those that it starts, and returns them. */
sigset_t sim_hold_signals(void);

/* ---- doing --------------------------------------------------------------------------------- */

/* Each returns the exit status, and has reported what was wrong. */

int sim_serve_zoom(const struct sim_arguments *arguments, struct sim_options *options);
int sim_serve_receiver(const struct sim_arguments *arguments);

/* Sends webhooks, and prints what became of them. */
int sim_send_webhooks(const struct sim_arguments *arguments, const struct operands *paths);

/* Both write on stdout; the second into a folder where one is given. */
int sim_print_records(const struct sim_arguments *arguments, const struct sim_options *options);
int sim_write_tenant(const struct sim_arguments *arguments, const struct operands *paths);

#endif
