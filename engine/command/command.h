/*
 * The room command holds the subcommands: one file reads the options of one, does its work with
 * the rooms below, and prints.
 *
 * A subcommand is one file with one struct command, command_NAME (command/terminal/options.h), and
 * one line in main.c. Help, shell completion and the table of docs/commands.md come from the
 * struct.
 *
 * Threads: a command runs on the main thread. So does everything in this room and the rooms inside,
 * unless a header says otherwise.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "command/terminal/exit_status.h"
#include "command/terminal/options.h"

#endif
