/* How days of the past are read from Zoom once more (struct source_past): as one poll at the end of
 * the last day that looks back to the first. Any thread. */
#ifndef SOURCE_ZOOM_ZOOM_PAST_H
#define SOURCE_ZOOM_ZOOM_PAST_H

#include "source/source.h"

extern const struct source_past zoom_past;

#endif
