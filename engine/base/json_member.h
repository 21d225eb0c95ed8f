/*
 * The members of a JSON object that is written into a buffer one after the other.
 *
 *   buffer_append_char(&json, '{');
 *   json_member_text(&json, "title", title);
 *   json_member_name(&json, TEXT("count"));
 *   buffer_printf(&json, "%zu}", count);
 *
 * Each writes the comma before its member unless the buffer ends with the object's `{`, so the
 * buffer is never empty. Names and texts become JSON strings (buffer_append_json_string). Any
 * thread.
 */
#ifndef BASE_JSON_MEMBER_H
#define BASE_JSON_MEMBER_H

#include "base/buffer.h"
#include "base/clock.h"

/* The name and its colon; the caller writes the value. */
void json_member_name(struct buffer *json, struct text name);

void json_member_text(struct buffer *json, const char *name, struct text value);

/* As time_format has it; no member for TIME_NONE. */
void json_member_time(struct buffer *json, const char *name, time_us time);

#endif
