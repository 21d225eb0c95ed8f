// The limit that margay is measured against: simdjson parses every line of files, and nothing
// else is done with it. Prints the number of records.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <simdjson.h>

namespace {

// Blocks like margay's own, so that memory stays as flat and the caches as warm.
constexpr size_t block = 256 * 1024;

bool parse_file(std::FILE *file, simdjson::dom::parser &parser, char *bytes, size_t &records) {
  simdjson::dom::document document;
  size_t kept = 0, got;
  while ((got = std::fread(bytes + kept, 1, block, file)) > 0) {
    char *line = bytes, *end = bytes + kept + got, *newline;
    while ((newline = static_cast<char *>(std::memchr(line, '\n', size_t(end - line))))) {
      if (parser.parse_into_document(document, line, size_t(newline - line), false).error()) {
        std::fprintf(stderr, "record %zu is not JSON\n", records + 1);
        return false;
      }
      records++;
      line = newline + 1;
    }
    kept = size_t(end - line);
    if (kept > block) {
      std::fprintf(stderr, "a record is larger than %zu bytes\n", block);
      return false;
    }
    std::memmove(bytes, line, kept);
  }
  return true;
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: parse_only FILE...\n");
    return 2;
  }
  char *bytes = static_cast<char *>(std::malloc(2 * block + simdjson::SIMDJSON_PADDING));
  simdjson::dom::parser parser;
  size_t records = 0;
  for (int i = 1; i < argc; i++) {
    std::FILE *file = std::fopen(argv[i], "re");
    if (!file) {
      std::perror(argv[i]);
      return 1;
    }
    bool parsed = parse_file(file, parser, bytes, records);
    std::fclose(file);
    if (!parsed)
      return 1;
  }
  std::free(bytes);
  std::printf("%zu\n", records);
  return 0;
}
