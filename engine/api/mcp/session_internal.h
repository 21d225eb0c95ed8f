/* What the files of a session share. Private to the room. */
#ifndef API_MCP_SESSION_INTERNAL_H
#define API_MCP_SESSION_INTERNAL_H

#include "api/mcp/session.h"

#include <pthread.h>

/* A tool that was called. */
struct mcp_call {
  struct mcp_call *next;
  json_t *id, *arguments; /* references of its own */
  const struct api_operation *operation;
  atomic_bool cancelled;
};

struct mcp_session {
  struct mcp_options options;
  bool initialized;
  pthread_mutex_t send_mutex;
  struct store *reader, *writer; /* of the thread; the writer is opened when it is needed */
  pthread_t thread;
  pthread_mutex_t mutex; /* over the rest */
  pthread_cond_t called;
  struct mcp_call *first, *running;
  size_t waiting;
  bool ending; /* no more calls come */
};

/* Sends a message, and takes its reference (session_send.c). Any thread. */
void mcp_send(struct mcp_session *session, json_t *message);

/* The calls and their thread (session_calls.c). False with the reason. */
bool mcp_calls_begin(struct mcp_session *session, struct error *error);
/* Takes the call over. False: so many wait already, and it is gone. */
bool mcp_calls_add(struct mcp_session *session, struct mcp_call *call);
/* One that waits is forgotten, one that runs ends soon; neither is answered. */
void mcp_calls_cancel(struct mcp_session *session, const json_t *id);
/* Returns when all were answered. */
void mcp_calls_end(struct mcp_session *session);

#endif
