/*
 * Records of a form that was met before. Two records have one form when they differ only in their
 * strings, whole numbers, booleans and nulls: what stands between these, with keys, brackets and
 * white space, is the same, byte for byte. Most records of a source have one of a few forms, so
 * what stands between values is compared with what is known; a value ends where simdjson's first
 * stage found the next place.
 *
 *   {"a":"x","n":1}  ->  {"a":"   STRING   ","n":   SCALAR   }
 *
 * Forms are a tree: those that begin alike part where they differ. Only what is usual is read here;
 * the other ways of json_read read what is not, with the same nodes. Private to the reader, which
 * serves one thread.
 */
#ifndef EVENT_JSON_JSON_FORM_H
#define EVENT_JSON_JSON_FORM_H

#include "event/json/json.h"
#include "event/json/json_window.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_forms;

struct json_forms *json_forms_new(void);
void json_forms_free(struct json_forms *forms); /* NULL is fine */

/* The nodes of a record whose form is known; NULL when it is to be read in another way. They live
 * until the next call; strings without escapes point into the record. `places` are those of the
 * window, which unescapes the other strings; they go on behind the record. *form: see
 * json_record_form. */
struct json_node *json_forms_read(struct json_forms *forms, const struct json_window *window,
                                  struct json_places *places, struct text record, uint32_t *form);

/* Remembers the form of a record that json_forms_read did not know, from its nodes. No key below
 * its root may repeat; a record in whose root one may is left out. Ends the life of the nodes that
 * were read last. */
void json_forms_learn(struct json_forms *forms, struct text record, const struct json_node *root);

#ifdef __cplusplus
}
#endif
#endif
