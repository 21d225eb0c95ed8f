/*
 * The files of the dashboard (web/), which are built into the program, compressed. Each has its
 * path; the paths of the dashboard's pages (/alerts/ID) give index.html, whose script shows the
 * page. There is nothing else to be had: no path leads to the disk.
 */
#ifndef API_FACE_FILES_H
#define API_FACE_FILES_H

#include "http/exchange.h"

/* Answers a GET or HEAD, on the listener's thread: 404 for what is no file and no page. */
void files_answer(void *context, struct http_exchange *exchange);

/* Answers any other method with 404. */
void files_refuse(void *context, struct http_exchange *exchange);

#endif
