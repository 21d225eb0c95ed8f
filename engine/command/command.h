/*
 * The room command holds the subcommands: one file reads the options of one, does its work with
 * the rooms below, and prints.
 *
 * The subcommands. Each is one file, takes its own arguments (argv[0] is its name) and returns the
 * exit status.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "command/terminal/exit_status.h"

int command_scan(int argc, char **argv);
int command_test(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_new(int argc, char **argv);
int command_check(int argc, char **argv);
int command_rules(int argc, char **argv);
int command_run(int argc, char **argv);
int command_alerts(int argc, char **argv);
int command_sim(int argc, char **argv);
int command_demo(int argc, char **argv);

#endif
