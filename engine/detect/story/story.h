/*
 * The room detect/story joins what several rules say of the same people into one alert.
 *
 * A story: the alerts that belong together because their rules name the same value (metadata's
 * `story`: who acted, who was made an admin, which meeting) and are severe enough. The first one
 * begins the story and is its alert; what other rules would open within the period joins it. Each
 * value has a window (detect/window/window.h) under STORY_RULE_ID; of all values of an alert the
 * windows end at the same time, so a story never outlives its period, however many values it takes
 * in.
 *
 * A story's windows serve one thread at a time, as everything in this room does.
 */
#ifndef DETECT_STORY_STORY_H
#define DETECT_STORY_STORY_H

#include "detect/correlation/correlation_key.h"
#include "detect/window/window.h"

/* Long enough for who weakens one setting each working day of a week. */
#define STORY_PERIOD (14 * US_PER_DAY)

/* The least severity of what is part of a story. What nobody looks at in a hurry must neither hide
 * what comes later, nor ring again for what has been seen. */
#define STORY_SEVERITY SEVERITY_HIGH

/* In the place of a rule's id in the key of a window; no rule may have it. */
#define STORY_RULE_ID "<story>"

/* Values of one match, over all its paths; the others are ignored. */
#define STORY_VALUES_MAX 32

struct story_values {
  struct text items[STORY_VALUES_MAX]; /* the dedup of the value's window; in the arena */
  size_t count;
};

/* Whether the values of the rule's matches are in their events: a brief match says who acted, and
 * to whom. */
bool story_needs_event(const struct rule *rule);

/* The values of a match by the `story` of its rule; none if it is not severe enough. The match is
 * whole if they are in its event. E-mail addresses count in any case. */
struct story_values story_values_of(struct correlation_reader *reader, const struct match *match,
                                    struct arena *arena);

/* The key of a value's window for maps, as match_window_key's `joined`; lives in the arena. */
struct text story_window_key(struct text value, struct arena *arena);

/* The story of any of these windows, the earliest that covers `time`. False: there is none. */
bool story_find(struct window *const *windows, size_t count, time_us time,
                struct window_alert *alert);

/* All these windows are of this story from now on. */
void story_put(struct window *const *windows, size_t count, const struct window_alert *alert);

/* Whether a correlation's match that joins an alert says better what it is about, so that the alert
 * takes its words: the alert is a single rule's, or less severe. */
bool story_is_restated(const struct match *match, bool by_correlation, enum severity severity);

#endif
