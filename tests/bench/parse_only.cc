// The limit that margay is measured against: simdjson parses every line of a file, and nothing
// else is done with it. Prints the number of records.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <simdjson.h>

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: parse_only FILE\n");
    return 2;
  }
  std::FILE *file = std::fopen(argv[1], "re");
  if (!file) {
    std::perror(argv[1]);
    return 1;
  }
  // Blocks like margay's own, so that memory stays as flat and the caches as warm.
  constexpr size_t block = 256 * 1024;
  char *bytes = static_cast<char *>(std::malloc(2 * block + simdjson::SIMDJSON_PADDING));
  simdjson::dom::parser parser;
  simdjson::dom::document document;
  size_t kept = 0, records = 0, got;
  while ((got = std::fread(bytes + kept, 1, block, file)) > 0) {
    char *line = bytes, *end = bytes + kept + got, *newline;
    while ((newline = static_cast<char *>(std::memchr(line, '\n', size_t(end - line))))) {
      if (parser.parse_into_document(document, line, size_t(newline - line), false).error()) {
        std::fprintf(stderr, "record %zu is not JSON\n", records + 1);
        return 1;
      }
      records++;
      line = newline + 1;
    }
    kept = size_t(end - line);
    if (kept > block) {
      std::fprintf(stderr, "a record is larger than %zu bytes\n", block);
      return 1;
    }
    std::memmove(bytes, line, kept);
  }
  std::fclose(file);
  std::free(bytes);
  std::printf("%zu\n", records);
  return 0;
}
