/* Answers, for rules' functions and for people. Private to this room. Any thread. */
#ifndef DETECT_STATEFUL_QUESTION_ANSWER_H
#define DETECT_STATEFUL_QUESTION_ANSWER_H

#include "detect/stateful/question_kind.h"

/* Appends a JSON object. */
void question_answer_write(const struct question_answer *answer, struct buffer *json);

/* Appends a sentence without its end. */
void question_answer_say(const struct question_answer *answer, struct buffer *out);

#endif
