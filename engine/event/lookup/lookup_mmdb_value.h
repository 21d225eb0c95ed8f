/*
 * The data of an MMDB file ("MaxMind DB File Format Specification" 2.0, Output Data Section) as a
 * value of lookup_value.h. The file may say anything: depth, number of values and size are bounded,
 * so that maps of pointers to maps cannot become endless. Private to the lookup files. Any thread.
 */
#ifndef EVENT_LOOKUP_LOOKUP_MMDB_VALUE_H
#define EVENT_LOOKUP_LOOKUP_MMDB_VALUE_H

#include "base/error.h"
#include "event/lookup/lookup_value.h"

#define LOOKUP_MMDB_VALUES_MAX 8192     /* of one entry */
#define LOOKUP_MMDB_BYTES_MAX (1 << 20) /* of its texts */

/* Appends the value at an offset of the data section. False with the reason. */
bool lookup_mmdb_value(struct text data, uint64_t offset, struct buffer *bytes,
                       struct error *error);

#endif
