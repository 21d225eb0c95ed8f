/*
 * Ticks of a thread's CPU time, by which long calls are found.
 *
 * Lua counts instructions by a hook, and a hook makes each instruction about twice as dear. Nearly
 * all calls are over after some microseconds. So a sandbox that may (sandbox_limits' counts_late)
 * leaves the hook off until a tick finds a call that an earlier tick has seen: a handler of
 * SIGVTALRM sets the hook then, as Lua's own interpreter does on SIGINT.
 *
 * A thread has its timer from its first such call until it ends. It ticks by the CPU time of that
 * thread, so an idle one is not woken. Everything here is about the calling thread.
 */
#ifndef RULE_SANDBOX_SANDBOX_WATCH_H
#define RULE_SANDBOX_SANDBOX_WATCH_H

#include <stdbool.h>

struct sandbox;

/* Milliseconds of CPU time; the kernel rounds up to its own ticks, of 1 to 10 ms. */
#define SANDBOX_WATCH_MS 5

/* From now on ticks go to the sandbox (NULL: nowhere). Gives where they went before. */
struct sandbox *sandbox_watch(struct sandbox *sandbox);

/* Whether the thread has ticks. Without (the kernel gives no timer, or ThreadSanitizer, which holds
 * signals back) all instructions must be counted. */
bool sandbox_watch_works(void);

#endif
