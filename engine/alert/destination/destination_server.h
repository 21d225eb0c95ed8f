/*
 * Servers that are named without a URL, as `host` or `host:port`: those of mails and of syslog. Any
 * thread.
 */
#ifndef ALERT_DESTINATION_DESTINATION_SERVER_H
#define ALERT_DESTINATION_DESTINATION_SERVER_H

#include "base/buffer.h"
#include "base/error.h"

/* Whether it is a host name, an address, or an IPv6 address in brackets; with a port or without. */
bool destination_server_check(struct text server, struct error *error);

/* Appends it, with that port if it has none. */
void destination_append_server(struct buffer *out, struct text server, int port);

#endif
