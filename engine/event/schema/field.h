/*
 * A field: what one member of a record may be, and how it becomes a value of an event. Fields are
 * read with their schema and belong to its set; they never change and may be shared by all threads.
 */
#ifndef EVENT_SCHEMA_FIELD_H
#define EVENT_SCHEMA_FIELD_H

#include "base/text.h"

#define SCHEMA_FIELDS_MAX 1024 /* of one object */
#define FIELD_NAME_SIGNS 256

enum field_type {
  FIELD_STRING,
  FIELD_INT,      /* 32 bits */
  FIELD_SMALLINT, /* 16 bits */
  FIELD_BIGINT,   /* 64 bits */
  FIELD_FLOAT,
  FIELD_BOOLEAN,
  FIELD_TIMESTAMP,
  FIELD_ARRAY,
  FIELD_OBJECT,
  FIELD_JSON /* any value */
};

enum time_format {
  TIME_RFC3339,
  TIME_UNIX,
  TIME_UNIX_MS,
  TIME_UNIX_US,
  TIME_UNIX_NS,
  TIME_STRFTIME
};

enum indicator {
  INDICATOR_IP,       /* p_any_ip_addresses */
  INDICATOR_DOMAIN,   /* p_any_domain_names */
  INDICATOR_HOSTNAME, /* p_any_domain_names, or ip_addresses when it is one */
  INDICATOR_URL,      /* its host, as hostname */
  INDICATOR_NET_ADDR, /* host:port or host, as hostname */
  INDICATOR_EMAIL,    /* p_any_emails */
  INDICATOR_USERNAME, /* p_any_usernames */
  INDICATOR_MD5,
  INDICATOR_SHA1,
  INDICATOR_SHA256,   /* p_any_md5_hashes, p_any_sha1_hashes, p_any_sha256_hashes */
  INDICATOR_TRACE_ID, /* p_any_trace_ids */
  /* Of other products' records, as Panther has them: */
  INDICATOR_ACTOR_ID,        /* p_any_actor_ids */
  INDICATOR_MAC,             /* p_any_mac_addresses */
  INDICATOR_SERIAL_NUMBER,   /* p_any_serial_numbers */
  INDICATOR_AWS_ACCOUNT_ID,  /* p_any_aws_account_ids */
  INDICATOR_AWS_ARN,         /* p_any_aws_arns */
  INDICATOR_AWS_INSTANCE_ID, /* p_any_aws_instance_ids */
  INDICATOR_AWS_TAG          /* p_any_aws_tags */
};

/* The word of each indicator as schemas spell it ("net_addr"). */
enum { INDICATOR_COUNT = INDICATOR_AWS_TAG + 1 };
extern const char *const indicator_words[INDICATOR_COUNT];

struct field_time_format {
  enum time_format kind;
  const char *strftime; /* TIME_STRFTIME */
};

struct field_validate {
  bool asked; /* any of the below */
  const struct text *allow, *deny, *startswith;
  size_t allow_count, deny_count, startswith_count;
  uint8_t ip, cidr; /* 0 = not asked, 4, 6, or 10 = any */
};

/*
 * How a field's value is made before it is checked, from what the object that it stands in had when
 * it came. At most one kind a field. When there is nothing to make it from, the object's own member
 * of the field's name counts (so that what event_write wrote reads back to the same event);
 * otherwise what was made replaces it.
 */
struct field_transform {
  enum { TRANSFORM_NONE, TRANSFORM_RENAME, TRANSFORM_COPY, TRANSFORM_CONCAT, TRANSFORM_SPLIT } kind;
  const struct text *from; /* RENAME: one key; COPY, SPLIT: one dotted path; CONCAT: paths, of which
                              absent ones are left out */
  size_t from_count;
  struct text separator; /* CONCAT, SPLIT */
  int64_t index;         /* SPLIT: 0-based part */
};

struct field_mask {
  enum { MASK_NONE, MASK_REDACT } kind;
  struct text to; /* what the value is replaced by */
};

/* What is done to values, in this order; bits. */
enum reshape {
  RESHAPE_VALUES = 1, /* before the check: transforms, and JSON in texts */
  RESHAPE_MASKS = 2   /* after it */
};

struct field {
  struct text name;
  enum field_type type;
  bool required, event_time, embedded_json;
  bool requires_fields;  /* an object: some field of it is required */
  bool identifies;       /* a record of the schema has at least one of these fields, or null */
  bool holds_event_time; /* this field may say when the event happened, or one within it */
  bool on_demand;        /* a time within another field, looked at only if none before it is one */
  /* Timestamps: at least one. Whole numbers that are event times have some, too. */
  const struct field_time_format *time_formats;
  size_t time_format_count;
  uint32_t indicators;      /* what the value is: bit 1 << enum indicator */
  uint32_t find_indicators; /* what is looked for within the value; the same bits */
  struct field_validate validate;
  struct field_transform transform;
  struct field_mask mask;
  uint8_t reshapes;            /* enum reshape: what is done to the value, or within it */
  uint8_t reshapes_within;     /* only what is done within it */
  const struct field *element; /* FIELD_ARRAY */
  const struct field *fields;  /* FIELD_OBJECT */
  size_t field_count;
  const uint16_t *by_name; /* as struct schema's, of the fields that are not on_demand */
  size_t by_name_count;
  const uint16_t *shaped; /* the fields that have `reshapes` */
  size_t shaped_count;
  /* A bit for the field_name_sign of every such name: rules out most others at once. */
  uint64_t name_signs[FIELD_NAME_SIGNS / 64];
};

/* The word of a type as schemas spell it ("bigint"). */
const char *field_type_word(enum field_type type);

/* The order of `by_name`: by size, then by bytes. */
int field_name_order(struct text a, struct text b);

/* The index of a field in a list of fields, or -1. `by_name` is the list's own. */
int field_find(const struct field *fields, size_t count, const uint16_t *by_name, struct text name);

/* A number below FIELD_NAME_SIGNS that stands for a name. Different names may have the same. */
static inline unsigned field_name_sign(struct text name) {
  unsigned last = name.size ? (unsigned char)name.data[name.size - 1] : 0;
  return (unsigned)(name.size * 23 + last) % FIELD_NAME_SIGNS;
}

/* The index of the field of an object, or -1; never of one that is on_demand. */
static inline int field_find_nested(const struct field *object, struct text name) {
  unsigned sign = field_name_sign(name);
  if (!(object->name_signs[sign / 64] >> sign % 64 & 1))
    return -1;
  return field_find(object->fields, object->by_name_count, object->by_name, name);
}

/* The index of the field of an object, or -1. Looks at the one at `expected` first: records often
 * have their members in the order of the schema. */
static inline int field_find_near(const struct field *object, struct text name, size_t expected) {
  if (expected < object->field_count && text_equal_short(name, object->fields[expected].name))
    return (int)expected;
  return field_find_nested(object, name);
}

#endif
