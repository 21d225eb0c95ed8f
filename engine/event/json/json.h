/*
 * The room event/json reads and writes the JSON of records.
 *
 * Records as a flat row of nodes: the only way by which records are read (simdjson behind it).
 *
 * A parsed document is an array of nodes in document order (pre-order). A container's children
 * follow it directly; `skip` jumps over a whole subtree. So walking is pointer arithmetic on one
 * array, in C, without a call.
 *
 *   {"a":1,"b":[2,3]}  ->  OBJECT(skip 5) INT a(1) ARRAY b(skip 3) INT(1) INT(1)
 *
 * A key stands once in an object: of members with the same key the last one counts, the others are
 * dropped when the record is read.
 *
 * Ownership: nodes belong to the reader and live until its next read; strings belong to it or to
 * the text that was read, and live as long as both. Strings are unescaped UTF-8, may hold NULs, and
 * are not NUL-terminated as far as a caller may know. A reader serves one thread.
 */
#ifndef EVENT_JSON_JSON_H
#define EVENT_JSON_JSON_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* JSON_STRING and its like are jansson's. */
enum json_type {
  JSON_TYPE_NULL,
  JSON_TYPE_FALSE,
  JSON_TYPE_TRUE,
  JSON_TYPE_INT,    /* fits int64_t */
  JSON_TYPE_UINT,   /* larger than INT64_MAX, fits uint64_t */
  JSON_TYPE_LARGE,  /* a number that fits none of these types: its text, as it came */
  JSON_TYPE_DOUBLE, /* written with a fraction or an exponent */
  JSON_TYPE_STRING,
  JSON_TYPE_ARRAY,
  JSON_TYPE_OBJECT
};

struct json_node {
  const char *key;   /* name within an object; NULL in arrays and at the root */
  uint32_t key_size; /* bytes */
  uint32_t skip;     /* nodes of this subtree, itself included: at least 1 */
  union {
    const char *string;
    int64_t integer;
    uint64_t unsigned_integer;
    double real;
  } value;
  uint32_t size; /* JSON_TYPE_STRING, JSON_TYPE_LARGE: bytes; arrays and objects: children */
  uint8_t type;  /* enum json_type */
};

/* Readable bytes that must follow every text given to json_read (simdjson reads in blocks;
 * their values do not matter). */
#define JSON_PADDING 64

/* A record's limits. Audit records are a few hundred bytes; the limits keep hostile ones from
 * costing more than they can say. */
#define JSON_SIZE_MAX (16u * 1024 * 1024) /* bytes of one record */
#define JSON_DEPTH_MAX 128                /* nested arrays and objects */
/* Bytes that reading may take besides the text: so many, and so many for each byte of the text. A
 * value of two bytes ("0,") needs 56, a member of Zoom's records about 3 for each of its bytes. */
#define JSON_MEMORY_LEAST ((size_t)32 * 1024 * 1024)
#define JSON_MEMORY_RATIO 5
/* Whatever they hold, smaller texts need less than JSON_MEMORY_LEAST. */
#define JSON_SIZE_UNBOUND ((size_t)1024 * 1024)

struct json_reader;

struct json_reader *json_reader_new(void);
void json_reader_free(struct json_reader *reader); /* NULL is fine */

/* Parses one JSON value with nothing but white space after it. Returns the root, or NULL with
 * the error in words ("not JSON: …", "nested deeper than 128 levels", "larger than 16 MiB",
 * "not valid UTF-8", "too many values for its size: … in … bytes"). An escaped half of a surrogate
 * pair
 * (\ud83d alone, as in a text that was cut in the middle of an emoji) is read as U+FFFD. */
const struct json_node *json_read(struct json_reader *reader, struct text padded_text,
                                  struct error *error);

/* As json_read, for who compares the keys of all records anyway: the root's own members are left as
 * they are. Unless json_may_repeat_members, which depends on the keys alone, says that none of them
 * repeats, json_unify_members must follow. */
const struct json_node *json_read_record(struct json_reader *reader, struct text padded_text,
                                         struct error *error);
bool json_may_repeat_members(const struct json_node *object);
void json_unify_members(struct json_reader *reader); /* of what was read last */

/* The form of the record that was read last; 0 when it is not known. Within the life of the reader,
 * records of one form have the same nodes: the same keys, containers and strings, at the same
 * places. Their strings differ, and their whole numbers, booleans and nulls, each of which may
 * stand in the place of another. */
uint32_t json_record_form(const struct json_reader *reader);

/* How many members the last record had that were dropped because their key comes again later in
 * the same object ("a" and "\u0061" are the same key). */
uint32_t json_repeated_keys(const struct json_reader *reader);

/* Says where the texts of the next reads lie: in this block, each between ends of lines. They are
 * then read many at a time, which costs much less and gives the same. It holds until the next call;
 * an empty block ends it, and the life of nodes, and must before the block's memory goes. Texts may
 * still come in any order, and from elsewhere. */
void json_read_ahead(struct json_reader *reader, struct text padded_block);

/* The same for text without padding (copies it). */
const struct json_node *json_read_copy(struct json_reader *reader, struct text text,
                                       struct error *error);

static inline bool json_is_container(const struct json_node *node) {
  return node->type >= JSON_TYPE_ARRAY;
}
static inline struct text json_key(const struct json_node *node) {
  return (struct text){node->key, node->key_size};
}
/* The text of a JSON_TYPE_STRING, the digits of a JSON_TYPE_LARGE. */
static inline struct text json_text(const struct json_node *node) {
  return (struct text){node->value.string, node->size};
}
static inline const struct json_node *json_next(const struct json_node *node) {
  return node + node->skip;
}

/* for (JSON_EACH(child, container)) visits the children of an array or object. */
/* NOLINTBEGIN(bugprone-macro-parentheses): `child` is declared here */
#define JSON_EACH(child, container)                                                                \
  const struct json_node *child = (container) + 1, *child##_end = (container) + (container)->skip; \
  child < child##_end;                                                                             \
  child += child->skip
/* NOLINTEND(bugprone-macro-parentheses) */

/* The member with this key, or NULL (also when the node is no object). */
const struct json_node *json_get(const struct json_node *object, struct text key);

/* The element at a 0-based index, or NULL. */
const struct json_node *json_at(const struct json_node *array, uint32_t index);

/* Follows a dotted path ("object.host_id"); a part that is a whole number indexes an array. */
const struct json_node *json_path(const struct json_node *node, struct text dotted_path);

/* Follows one part of such a path. */
const struct json_node *json_step(const struct json_node *node, struct text part);

/* A path with places in brackets ("files[0].type", "[0].a") in its dotted form ("files.0.type"),
 * which is written to `out`, where as many bytes as the path has fit; any other path itself. */
struct text json_path_dotted(struct text path, char *out);

/* Whether a part of a path is a place in a list. */
bool json_is_index(struct text part);

/* Any number as the nearest double, which is infinite past 1.8e308; false for other types. */
bool json_number(const struct json_node *node, double *number);

/* The same of a number in JSON's grammar. */
double json_number_parse(struct text number);

/* Compact JSON. Canonical: object members sorted by key bytes (equal keys keep their order), so
 * that two texts of the same value give the same bytes. */
void json_write(struct buffer *buffer, const struct json_node *node);
void json_write_canonical(struct buffer *buffer, const struct json_node *node);

/* The same bytes for less work: `text` is what json_read read the node from, the record of an
 * event. What stands in it as it has to be written is copied. */
void json_write_of(struct buffer *buffer, const struct json_node *node, struct text text);
void json_write_canonical_of(struct buffer *buffer, const struct json_node *node, struct text text);

#ifdef __cplusplus
}
#endif
#endif
