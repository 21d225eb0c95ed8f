#include "base/utf8.h"

#include <stdio.h>

/*
 * Unicode 14.0: DerivedCoreProperties.txt (Default_Ignorable_Code_Point), PropList.txt
 * (Bidi_Control) and the general categories Cc, Zl and Zp; and the annotation marks U+FFF9 to
 * U+FFFB, which programs are to take out before they show a text. Neighbours are joined. What is
 * unassigned among them is ignorable by rule, so a later Unicode adds little.
 */
static const struct {
  uint32_t first, last;
} hidden[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool utf8_is_listed_hidden(uint32_t code) {
  size_t low = 0, high = sizeof hidden / sizeof *hidden;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (code > hidden[middle].last)
      low = middle + 1;
    else if (code < hidden[middle].first)
      high = middle;
    else
      return true;
  }
  return false;
}

size_t utf8_escape(uint32_t code, struct utf8_escape *escape) {
  return (size_t)snprintf(escape->text, sizeof escape->text, "\\u{%X}", (unsigned)code);
}
