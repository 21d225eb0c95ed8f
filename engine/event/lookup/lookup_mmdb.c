/*
 * MMDB files (GeoIP, ASN), over libmaxminddb, which opens them and walks their tree of networks.
 *
 * The library maps files into memory. A file that somebody cuts short in place would then end the
 * program with SIGBUS, so it is given a copy in memory that nobody else can change.
 */
#include "base/ip.h"
#include "base/memory.h"
#include "event/lookup/lookup_mmdb_value.h"
#include "event/lookup/lookup_table.h"

#include <errno.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct lookup_mmdb {
  MMDB_s database;
};

static bool write_all(int file, struct text bytes) {
  while (bytes.size > 0) {
    ssize_t written = write(file, bytes.data, bytes.size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes = (struct text){bytes.data + written, bytes.size - (size_t)written};
  }
  return true;
}

static bool open_copy(struct lookup_mmdb *mmdb, int file, struct error *error) {
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  int status = MMDB_open(path, MMDB_MODE_MMAP, &mmdb->database);
  if (status == MMDB_SUCCESS)
    return true;
  return error_set(error, "not an MMDB file, or a damaged one: %s", MMDB_strerror(status));
}

struct lookup_mmdb *lookup_mmdb_new(struct text bytes, struct error *error) {
  struct lookup_mmdb *mmdb = memory_alloc(sizeof *mmdb);
  int file = memfd_create("margay-lookup", MFD_CLOEXEC);
  bool ok = file >= 0 && write_all(file, bytes);
  if (!ok)
    error_set(error, "cannot be kept in memory: %s", strerror(errno));
  ok = ok && open_copy(mmdb, file, error);
  if (file >= 0)
    close(file);
  if (ok)
    return mmdb;
  free(mmdb);
  return NULL;
}

void lookup_mmdb_free(struct lookup_mmdb *mmdb) {
  if (!mmdb)
    return;
  MMDB_close(&mmdb->database);
  free(mmdb);
}

static MMDB_lookup_result_s find_entry(const MMDB_s *database, const struct ip *ip, int *status) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } address = {.v6 = {.sin6_family = AF_INET6}};
  if (ip->family == 4) {
    address.v4 = (struct sockaddr_in){.sin_family = AF_INET};
    memcpy(&address.v4.sin_addr, ip->bytes, sizeof address.v4.sin_addr);
  } else {
    memcpy(&address.v6.sin6_addr, ip->bytes, sizeof address.v6.sin6_addr);
  }
  return MMDB_lookup_sockaddr(database, &address.any, status);
}

enum lookup_found lookup_mmdb_find(const struct lookup_mmdb *mmdb, struct text key,
                                   struct buffer *scratch, struct lookup_cursor *row,
                                   struct error *error) {
  const MMDB_s *database = &mmdb->database;
  struct ip ip;
  int status = MMDB_SUCCESS;
  if (!ip_parse(key, &ip))
    return LOOKUP_NO_ROW;
  ip = ip_unmapped(&ip);
  MMDB_lookup_result_s result = find_entry(database, &ip, &status);
  if (status == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
    return LOOKUP_NO_ROW;
  if (status != MMDB_SUCCESS) {
    error_set(error, "the file is damaged: %s", MMDB_strerror(status));
    return LOOKUP_DAMAGED;
  }
  if (!result.found_entry)
    return LOOKUP_NO_ROW;
  union { /* the library's bytes are unsigned */
    const uint8_t *bytes;
    const char *text;
  } data = {.bytes = database->data_section};
  buffer_reset(scratch);
  if (!lookup_mmdb_value((struct text){data.text, database->data_section_size}, result.entry.offset,
                         scratch, error))
    return LOOKUP_DAMAGED;
  *row = (struct lookup_cursor){.at = scratch->data};
  return LOOKUP_FOUND;
}
