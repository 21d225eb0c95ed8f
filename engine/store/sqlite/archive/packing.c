#include "store/sqlite/archive/packing.h"

#include "base/memory.h"
#include "store/sqlite/archive/archive.h"
#include "store/store_archive.h"

#include <inttypes.h>
#include <stdlib.h>

struct packing *packing_of(struct store *store) {
  if (!store->packing) {
    store->packing = memory_alloc(sizeof *store->packing);
    store->packing->packer = packer_new();
  }
  return store->packing;
}

void packing_free(struct store *store) {
  struct packing *packing = store->packing;
  if (!packing)
    return;
  for (size_t i = 0; i < packing->count; i++)
    dictionary_free(packing->dictionaries[i]);
  free(packing->dictionaries);
  packer_free(packing->packer);
  map_clear(&packing->types, NULL);
  arena_free(&packing->arena);
  free(packing);
}

void store_archive_compress(struct store *store, bool compress) {
  packing_of(store)->compress = compress;
}

/* ---- dictionaries ------------------------------------------------------------------------ */

struct dictionary *dictionary_from_row(sqlite3_stmt *statement, const char **why) {
  struct text bytes = column_text(statement, 1);
  if (sqlite3_column_int64(statement, 3) != PACKER_FORMAT)
    *why = "was made by a newer margay: update this one";
  else if (sqlite3_column_int64(statement, 2) != packer_checksum(bytes))
    *why = "is damaged";
  else
    return dictionary_new(sqlite3_column_int64(statement, 0), bytes);
  return NULL;
}

struct dictionary *packing_keep(struct packing *packing, struct dictionary *dictionary) {
  packing->dictionaries = memory_reserve(packing->dictionaries, &packing->capacity,
                                         packing->count + 1, sizeof(struct dictionary *));
  return packing->dictionaries[packing->count++] = dictionary;
}

static struct dictionary *kept(const struct packing *packing, int64_t id) {
  for (size_t i = packing->count; i-- > 0;)
    if (packing->dictionaries[i]->id == id)
      return packing->dictionaries[i];
  return NULL;
}

struct dictionary *packing_dictionary(struct store *store, int64_t id, struct error *error) {
  struct packing *packing = packing_of(store);
  struct dictionary *dictionary = kept(packing, id);
  if (dictionary)
    return dictionary;
  const char *why = "is not there";
  bool row = false;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_DICTIONARY_GET, error, STATEMENT_ARGUMENTS(AS_INTEGER(id)));
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok && row)
    dictionary = dictionary_from_row(statement, &why);
  statement_end(statement);
  if (dictionary)
    return packing_keep(packing, dictionary);
  if (ok)
    error_set(error, "its dictionary %" PRId64 " %s", id, why);
  return NULL;
}

/* ---- log types --------------------------------------------------------------------------- */

/* A damaged one is as none: events are packed with the next. */
static bool read_latest(struct store *store, struct packed_type *type, struct error *error) {
  struct packing *packing = store->packing;
  const char *why;
  bool row = false;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_DICTIONARY_LATEST, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(type->name)));
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok && row) {
    type->tried_event = sqlite3_column_int64(statement, 4);
    type->tries = sqlite3_column_int64(statement, 5);
    type->current = kept(packing, sqlite3_column_int64(statement, 0));
    if (!type->current && (type->current = dictionary_from_row(statement, &why)))
      packing_keep(packing, type->current);
  }
  statement_end(statement);
  return ok;
}

static struct packed_type *type_find(struct packing *packing, struct text name) {
  if (!packing->last || !text_equal(packing->last->name, name))
    packing->last = map_get(&packing->types, name);
  return packing->last;
}

static bool type_read(struct store *store, struct text name, struct error *error) {
  struct packing *packing = store->packing;
  struct packed_type *type = arena_alloc(&packing->arena, sizeof *type);
  type->name = arena_copy(&packing->arena, name);
  type->wanted = 1; /* there may be others from before */
  if (!read_latest(store, type, error))
    return false;
  map_put(&packing->types, name, type);
  return true;
}

struct packed_type *packing_type(struct store *store, struct text log_type) {
  return type_find(store->packing, log_type);
}

bool packing_prepare(struct store *store, const struct store_event *events, size_t count,
                     struct error *error) {
  if (!store->packing || !store->packing->compress)
    return true;
  for (size_t i = 0; i < count; i++)
    if (!type_find(store->packing, events[i].log_type) &&
        !type_read(store, events[i].log_type, error))
      return false;
  return true;
}

void packing_added(struct store *store, const struct store_event *events, size_t count) {
  for (size_t i = 0; store->packing && store->packing->compress && i < count; i++)
    type_find(store->packing, events[i].log_type)->added++;
}

bool packing_pack(struct store *store, const struct store_event *event, struct text *packed) {
  struct packing *packing = store->packing;
  if (!packing || !packing->compress)
    return false;
  const struct packed_type *type = type_find(packing, event->log_type);
  return type && type->current &&
         packer_pack(packing->packer, type->current, event->source_id, event->record, packed);
}

bool packing_unpack(struct store *store, struct text packed, struct buffer *unpacked,
                    struct text *source_id, struct text *record, struct error *error) {
  int64_t id = packed_dictionary(packed);
  struct dictionary *dictionary = id > 0 ? packing_dictionary(store, id, error) : NULL;
  const char *why = "its bytes are damaged";
  if (dictionary)
    why = packer_unpack(store->packing->packer, dictionary, packed, unpacked, source_id, record);
  if (why && !error->set)
    error_set(error, "%s", why);
  return !why;
}
