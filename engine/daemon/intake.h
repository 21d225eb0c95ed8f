/*
 * What sources take over HTTP (source/intake.h): between the listener's routes and the sources that
 * run at this moment. Each source that takes requests has a slot, known by its id. A route leads to
 * a slot; a running source opens it, and while none does, requests to it are answered with 503. At
 * a reload two may have it open; the later one receives. So routes and sources may change at a
 * reload in any order, and nobody is answered with 404 because a source starts again.
 *
 * Slots stay until the hub is freed. Any thread may call what takes a hub, but for the two that
 * make and free it.
 */
#ifndef DAEMON_INTAKE_H
#define DAEMON_INTAKE_H

#include "base/counters/counters.h"
#include "http/route.h"
#include "source/source.h"

struct intake_hub;

/* The counters (daemon/metrics.h) must outlive the hub; NULL: nobody counts. */
struct intake_hub *intake_hub_new(struct counters *counters);
/* No source that had a slot may be left, nor a request that came to one. NULL is fine. */
void intake_hub_free(struct intake_hub *hub);

/* The side of a source that takes requests; lives as long as the hub. */
const struct source_intake *intake_hub_source(struct intake_hub *hub, struct text source_id);

/* The rows for such a source, and how many; their paths live as long as the source, their contexts
 * as the hub. */
size_t intake_hub_routes(struct intake_hub *hub, const struct source *source,
                         struct http_route rows[INTAKE_ROUTES_MAX]);

#endif
