/* Trying a Zoom account once, for `margay check --online`: an access token, and a page of each
 * report. Nothing is kept, nothing is tried again. */
#ifndef SOURCE_ZOOM_ZOOM_PROBE_H
#define SOURCE_ZOOM_ZOOM_PROBE_H

#include "source/source.h"

/* As source_type.probe. */
void zoom_probe(const struct source_run *run, const struct source_probe *probe);

#endif
