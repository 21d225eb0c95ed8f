/*
 * A table for people: columns as wide as what they hold, the last one as long as the line has
 * room. Hostile text is made harmless on its way in (alert/message/markup.h).
 */
#ifndef COMMAND_TERMINAL_TABLE_H
#define COMMAND_TERMINAL_TABLE_H

#include "base/buffer.h"

struct table;

/* The headings live as long as the table. */
struct table *table_new(const char *const *headings, size_t columns);
void table_free(struct table *table); /* NULL is fine */

/* The next cell, row by row. The text is copied. `colour` is what stands between "\x1b[" and "m",
 * NULL for none; it lives as long as the table. */
void table_add(struct table *table, struct text text, const char *colour);

/* The same with a number. */
void table_add_number(struct table *table, int64_t number);

/* Numbers are compared by their ends: this column (from 0), but not the last one, ends where its
 * widest cell ends. */
void table_align_right(struct table *table, size_t column);

/* Appends the headings and all complete rows. width 0: nothing is cut;
 * else the last column ends there and the others are kept short. */
void table_write(const struct table *table, bool colours, size_t width, struct buffer *out);

#endif
