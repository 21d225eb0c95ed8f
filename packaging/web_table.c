/*
 * Prints the files of the dashboard as a table for engine/api/face/files.c, compressed with gzip:
 *   web_table FOLDER PATH… [@NAME=FILE…]
 * A PATH is below the folder, and what it is served as; a NAME is what a file from elsewhere is
 * served as. The tag of a file is a hash of its bytes, so a browser asks again only for what a new
 * margay has changed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FILE_MAX ((size_t)4 * 1024 * 1024)
/* zlib's word for a stream of gzip. */
#define GZIP_BITS (15 + 16)

static unsigned char bytes[FILE_MAX], packed[FILE_MAX + 1024];

static size_t read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
  if (!file || size == sizeof bytes) {
    fprintf(stderr, "web_table: %s cannot be read, or is too large\n", path);
    exit(1);
  }
  fclose(file);
  return size;
}

static size_t pack(size_t size) {
  z_stream stream = {.next_in = bytes,
                     .avail_in = (uInt)size,
                     .next_out = packed,
                     .avail_out = (uInt)sizeof packed};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_BITS, 9, Z_DEFAULT_STRATEGY) !=
          Z_OK ||
      deflate(&stream, Z_FINISH) != Z_STREAM_END) {
    fprintf(stderr, "web_table: zlib fails\n");
    exit(1);
  }
  deflateEnd(&stream);
  return stream.total_out;
}

/* FNV-1a, 64 bits. */
static uint64_t hash(size_t size) {
  uint64_t value = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < size; i++)
    value = (value ^ bytes[i]) * UINT64_C(0x100000001b3);
  return value;
}

/* Prints the bytes of a file, and its row into `rows`. */
static void print_file(int number, const char *name, const char *path, FILE *rows) {
  size_t size = read_file(path), packed_size = pack(size);
  printf("static const unsigned char web_file_%d[] = {", number);
  for (size_t i = 0; i < packed_size; i++)
    printf("%s%u,", i % 24 == 0 ? "\n" : "", packed[i]);
  printf("\n};\n");
  fprintf(rows, "    {\"/%s\", \"%016" PRIx64 "\", web_file_%d, sizeof web_file_%d, %zu},\n", name,
          hash(size), number, number, size);
}

int main(int count, char **arguments) {
  char *text = NULL, path[4096];
  size_t size = 0;
  FILE *rows = open_memstream(&text, &size);
  if (!rows || count < 2)
    return 1;
  printf("/* Made by packaging/web_table.c. */\n");
  for (int i = 2; i < count; i++) {
    char *equals = arguments[i][0] == '@' ? strchr(arguments[i], '=') : NULL;
    if (equals) {
      *equals = '\0';
      print_file(i, arguments[i] + 1, equals + 1, rows);
    } else {
      snprintf(path, sizeof path, "%s/%s", arguments[1], arguments[i]);
      print_file(i, arguments[i], path, rows);
    }
  }
  fclose(rows);
  printf("static const struct web_file web_files[] = {\n%s    {NULL, NULL, NULL, 0, 0},\n};\n",
         text);
  free(text);
  return 0;
}
