#include "http/internal.h"

#include "base/memory.h"

#include <stdlib.h>

struct route_table {
  atomic_uint references;
  struct arena strings;
  struct http_route *rows;
  size_t count;
  void (*release)(void *context);
  void *context;
};

static bool check_row(const struct http_routes *routes, size_t index, struct error *error) {
  const struct http_route *row = &routes->rows[index];
  if (!row->path || row->path[0] != '/')
    return error_set(error, "route %zu: the path must begin with '/'", index + 1);
  if (row->prefix && row->path[strlen(row->path) - 1] != '/')
    return error_set(error, "route %s: the path of a prefix must end in '/'", row->path);
  if (!row->handler)
    return error_set(error, "route %s: there is no handler", row->path);
  for (size_t i = 0; i < index; i++) {
    const struct http_route *other = &routes->rows[i];
    bool same_method = !row->method || !other->method || strcmp(row->method, other->method) == 0;
    if (same_method && row->prefix == other->prefix && strcmp(row->path, other->path) == 0)
      return error_set(error, "route %s: two rows take the method %s", row->path,
                       row->method     ? row->method
                       : other->method ? other->method
                                       : "(any)");
  }
  return true;
}

struct route_table *route_table_new(const struct http_routes *routes, struct error *error) {
  for (size_t i = 0; i < routes->count; i++)
    if (!check_row(routes, i, error))
      return NULL;
  struct route_table *table = memory_alloc(sizeof *table);
  atomic_init(&table->references, 1);
  table->rows = memory_alloc_array(routes->count, sizeof *table->rows);
  table->count = routes->count;
  for (size_t i = 0; i < routes->count; i++) {
    table->rows[i] = routes->rows[i];
    table->rows[i].method = arena_copy_string(&table->strings, routes->rows[i].method);
    table->rows[i].path = arena_copy_string(&table->strings, routes->rows[i].path);
  }
  return table;
}

void route_table_own(struct route_table *table, const struct http_routes *routes) {
  table->release = routes->release;
  table->context = routes->context;
}

struct route_table *route_table_hold(struct route_table *table) {
  atomic_fetch_add(&table->references, 1);
  return table;
}

void route_table_release(struct route_table *table) {
  if (!table || atomic_fetch_sub(&table->references, 1) != 1)
    return;
  if (table->release)
    table->release(table->context);
  arena_free(&table->strings);
  free(table->rows);
  free(table);
}

static bool fits_path(const struct http_route *row, struct text path) {
  size_t size = strlen(row->path);
  return (row->prefix ? path.size >= size : path.size == size) &&
         memcmp(path.data, row->path, size) == 0;
}

/* GET rows serve HEAD too (RFC 9110 section 9.3.2), unless there is a row for it. */
static bool fits_method(const struct http_route *row, struct text method) {
  return !row->method || text_is(method, row->method);
}

static bool serves_head(const struct http_route *row, struct text method) {
  return row->method && text_is(method, "HEAD") && strcmp(row->method, "GET") == 0;
}

static bool is_nearer(const struct http_route *row, const struct http_route *than) {
  if (!than || row->prefix != than->prefix)
    return !than || than->prefix;
  return strlen(row->path) > strlen(than->path);
}

static void add_allowed(const struct http_route *row, struct buffer *allow) {
  buffer_printf(allow, "%s%s%s", allow->size > 0 ? ", " : "", row->method,
                strcmp(row->method, "GET") == 0 ? ", HEAD" : "");
}

const struct http_route *route_table_find(const struct route_table *table, struct text method,
                                          struct text path, unsigned *status,
                                          struct buffer *allow) {
  const struct http_route *nearest = NULL, *found = NULL;
  for (size_t i = 0; i < table->count; i++)
    if (fits_path(&table->rows[i], path) && is_nearer(&table->rows[i], nearest))
      nearest = &table->rows[i];
  if (!nearest) {
    *status = MHD_HTTP_NOT_FOUND;
    return NULL;
  }
  for (size_t i = 0; i < table->count; i++) {
    const struct http_route *row = &table->rows[i];
    if (row->prefix != nearest->prefix || strcmp(row->path, nearest->path) != 0)
      continue;
    if (fits_method(row, method) || (!found && serves_head(row, method)))
      found = row;
    else if (row->method)
      add_allowed(row, allow);
  }
  if (!found)
    *status = MHD_HTTP_METHOD_NOT_ALLOWED;
  return found;
}
