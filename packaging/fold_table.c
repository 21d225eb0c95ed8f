/*
 * Prints engine/base/unicode/fold.c's table of Unicode's simple case folding (CaseFolding.txt,
 * statuses C and S), as ICU knows it. The build runs it once, so that margay itself needs no ICU,
 * whose data take 30 MB.
 *
 * A page is 256 neighbouring codes. Most pages fold nothing and are page 0. An entry is what to add
 * to a code's lowest 16 bits: no fold leads to another plane.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unicode/uchar.h>

#define PAGE 256
#define PAGES (0x110000 / PAGE)

static uint16_t entries[PAGES][PAGE];

int main(void) {
  unsigned end = 0, count = 1;
  for (uint32_t code = 0x80; code < 0x110000; code++) {
    uint32_t folded = (uint32_t)u_foldCase((UChar32)code, U_FOLD_CASE_DEFAULT);
    if (folded >> 16 != code >> 16) {
      fprintf(stderr, "fold_table: U+%04X folds to another plane\n", (unsigned)code);
      return 1;
    }
    entries[code / PAGE][code % PAGE] = (uint16_t)(folded - code);
    if (folded != code)
      end = code / PAGE + 1;
  }
  printf("/* Unicode %s, made by packaging/fold_table.c. */\n", U_UNICODE_VERSION);
  printf("#define FOLD_CODES_END 0x%X\n", end * PAGE);
  printf("static const uint8_t fold_pages[] = {");
  for (unsigned page = 0; page < end; page++) {
    bool folds = false;
    for (unsigned i = 0; i < PAGE; i++)
      folds = folds || entries[page][i] != 0;
    printf("%u,", folds ? count++ : 0);
  }
  printf("};\nstatic const uint16_t fold_offsets[][%d] = {{0},\n", PAGE);
  for (unsigned page = 0; page < end; page++) {
    bool folds = false;
    for (unsigned i = 0; i < PAGE; i++)
      folds = folds || entries[page][i] != 0;
    for (unsigned i = 0; folds && i < PAGE; i++)
      printf("%s%u%s", i == 0 ? "{" : ",", entries[page][i], i + 1 == PAGE ? "},\n" : "");
  }
  printf("};\n");
  return 0;
}
