/*
 * Waits on loopback for the admin's browser, which Zoom sends back with a code. The browser is
 * answered when the login is done, so that its page says how it ended.
 *
 * Threads: one has a login_listener.
 */
#ifndef COMMAND_LOGIN_LISTENER_H
#define COMMAND_LOGIN_LISTENER_H

#include "source/zoom/zoom_login.h"

struct login_listener;

/* Listens on 127.0.0.1:`port` (0: any free one) when it returns; `path` is copied. NULL with the
 * reason. */
struct login_listener *login_listener_start(uint16_t port, struct text path, struct error *error);
uint16_t login_listener_port(const struct login_listener *listener);

/* Waits until the browser comes for this login. What comes for another one is answered, counted and
 * passed over. False with the reason: refused, or nobody came in time. To be called once. */
bool login_listener_wait(struct login_listener *listener, const struct zoom_login *login,
                         int64_t timeout_us, struct buffer *code, struct error *error);

/* Answers the browser, if it waits: the login is done, or (`error` set) why not. */
void login_listener_answer(struct login_listener *listener, const struct error *error);

void login_listener_free(struct login_listener *listener); /* NULL is fine */

#endif
