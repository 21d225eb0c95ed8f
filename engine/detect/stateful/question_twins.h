/*
 * Twins: questions of several rules that are the same in all, and are asked of the same events.
 *
 *   New.Country             { of = "country", per = "email" }       where type = "Sign in"
 *   New.Country.And.Client  { of = "country", per = "email" }, …    where type = "Sign in"
 *
 * They have one past in memory, and the first one's answer about an event is that of the others.
 * Not where a past outlives the process: there each rule keeps its own, whatever becomes of others.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_STATEFUL_QUESTION_TWINS_H
#define DETECT_STATEFUL_QUESTION_TWINS_H

#include "detect/stateful/question_kind.h"

/* What the first of them was answered. */
struct question_twin {
  uint64_t event;     /* its number; 0: none yet */
  uint64_t forgotten; /* of its values: how many were not kept */
  struct question_answer answer;
};

/* Gives all questions of the cache's set that are the same one past, and one place in the array
 * that is returned, to be freed when other questions are used. */
struct question_twin *question_twins_find(struct question_cache *cache);

#endif
