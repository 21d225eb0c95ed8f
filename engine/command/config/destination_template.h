/*
 * Templates of destinations: a Lua file that gives messages another title, and other fields.
 *
 *   function title(alert) return alert.severity .. " for " .. alert.actor end
 *   function fields(alert) return {{"Runbook", "https://wiki.example.com/" .. alert.id}} end
 *
 * `alert` is a table of what a webhook sends of an alert, and `alert.fields` the fields that the
 * message has without a template. What a function returns is text like all others: destinations
 * escape it.
 */
#ifndef COMMAND_CONFIG_DESTINATION_TEMPLATE_H
#define COMMAND_CONFIG_DESTINATION_TEMPLATE_H

#include "alert/message/message.h"

/* Reads and compiles the file. Any thread may apply the template, one at a time; it waits for the
 * others. NULL with the mistake and its place. */
struct message_template *destination_template_open(const char *path, struct error *error);
void destination_template_close(const struct message_template *template); /* NULL is fine */

#endif
