/*
 * One client of the Model Context Protocol, from its first message to its last.
 *
 * Messages are JSON-RPC 2.0, one a line. `initialize` begins, `ping` and `tools/list` are answered
 * at once, and calls of tools one after the other on a thread of the session's own, so that a
 * client can cancel one meanwhile. What a tool answers holds texts that attackers chose: it says
 * so, and stands between marks that nobody can guess.
 *
 * For the one thread that owns the session.
 */
#ifndef API_MCP_SESSION_H
#define API_MCP_SESSION_H

#include "api/api.h"

#define MCP_REVISION "2025-06-18"
#define MCP_LINE_MAX ((size_t)1024 * 1024) /* bytes of a message of the client */
#define MCP_CALLS_MAX 64                   /* that wait; more are refused */

/* All must outlive the session. */
struct mcp_options {
  const char *state_path;
  const struct engine_setup *setup;
  const struct api_hooks *hooks;
  struct api_jobs *jobs;
  bool allow_write;
  /* Sends a line, without its end; by any thread, one at a time. */
  void (*send)(void *context, struct text line);
  void *context;
};

struct mcp_session;

/* NULL with the reason: the state file cannot be read. */
struct mcp_session *mcp_session_new(const struct mcp_options *options, struct error *error);

/* A line that the client has sent, without its end. */
void mcp_session_take(struct mcp_session *session, struct text line);

/* The client has no more to say: answers what it has called, and ends. NULL is fine. */
void mcp_session_end(struct mcp_session *session);

#endif
