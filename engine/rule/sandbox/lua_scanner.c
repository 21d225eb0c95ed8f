#include "rule/sandbox/lua_scanner.h"

static int peek(const struct lua_scanner *scanner, size_t ahead) {
  size_t at = scanner->at + ahead;
  return at < scanner->source.size ? (unsigned char)scanner->source.data[at] : -1;
}

/* Line ends are \n, \r, \r\n and \n\r, as in Lua. */
static int take(struct lua_scanner *scanner) {
  int c = peek(scanner, 0);
  if (c < 0)
    return c;
  scanner->at++;
  if (c == '\n' || c == '\r') {
    int next = peek(scanner, 0);
    if ((next == '\n' || next == '\r') && next != c)
      scanner->at++;
    scanner->line++;
    return '\n';
  }
  return c;
}

static bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

static bool is_name(int c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_space(int c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static int hex_value(int c) {
  if (is_digit(c))
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A string's bytes as they come, compared with the key. */
struct comparison {
  struct text key;
  size_t size;
  bool equal;
  struct buffer *bytes; /* gets them; NULL: nobody wants them */
};

static struct comparison begin_string(const struct lua_scanner *scanner) {
  if (scanner->string)
    buffer_reset(scanner->string);
  return (struct comparison){.key = scanner->key, .equal = true, .bytes = scanner->string};
}

static void compare_byte(struct comparison *comparison, int byte) {
  struct text key = comparison->key;
  if (comparison->bytes)
    buffer_append_char(comparison->bytes, (char)byte);
  if (comparison->size >= key.size || (unsigned char)key.data[comparison->size] != byte)
    comparison->equal = false;
  comparison->size++;
}

static bool compare_end(const struct comparison *comparison) {
  return comparison->equal && comparison->size == comparison->key.size;
}

static void compare_code_point(struct comparison *comparison, uint32_t code) {
  if (code < 0x80) {
    compare_byte(comparison, (int)code);
  } else if (code < 0x800) {
    compare_byte(comparison, (int)(0xC0 | code >> 6));
    compare_byte(comparison, (int)(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    compare_byte(comparison, (int)(0xE0 | code >> 12));
    compare_byte(comparison, (int)(0x80 | (code >> 6 & 0x3F)));
    compare_byte(comparison, (int)(0x80 | (code & 0x3F)));
  } else {
    compare_byte(comparison, (int)(0xF0 | (code >> 18 & 0x07)));
    compare_byte(comparison, (int)(0x80 | (code >> 12 & 0x3F)));
    compare_byte(comparison, (int)(0x80 | (code >> 6 & 0x3F)));
    compare_byte(comparison, (int)(0x80 | (code & 0x3F)));
  }
}

static void take_unicode_escape(struct lua_scanner *scanner, struct comparison *comparison) {
  uint32_t code = 0;
  if (peek(scanner, 0) != '{')
    return;
  take(scanner);
  while (hex_value(peek(scanner, 0)) >= 0)
    code = code << 4 | (uint32_t)hex_value(take(scanner));
  if (peek(scanner, 0) == '}')
    take(scanner);
  compare_code_point(comparison, code);
}

static void take_escape(struct lua_scanner *scanner, struct comparison *comparison) {
  static const char letters[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
  if (is_digit(peek(scanner, 0))) {
    int value = 0;
    for (int i = 0; i < 3 && is_digit(peek(scanner, 0)); i++)
      value = value * 10 + (take(scanner) - '0');
    compare_byte(comparison, value);
    return;
  }
  int c = take(scanner);
  const char *letter = c > 0 ? strchr(letters, c) : NULL;
  if (letter) {
    compare_byte(comparison, values[letter - letters]);
  } else if (c == 'x') {
    int value = 0;
    for (int i = 0; i < 2 && hex_value(peek(scanner, 0)) >= 0; i++)
      value = value * 16 + hex_value(take(scanner));
    compare_byte(comparison, value);
  } else if (c == 'z') {
    while (is_space(peek(scanner, 0)))
      take(scanner);
  } else if (c == 'u') {
    take_unicode_escape(scanner, comparison);
  } else if (c >= 0) {
    compare_byte(comparison, c);
  }
}

static bool take_short_string(struct lua_scanner *scanner) {
  struct comparison comparison = begin_string(scanner);
  int quote = take(scanner);
  for (;;) {
    int next = peek(scanner, 0);
    if (next < 0 || next == '\n' || next == '\r')
      return false;
    int c = take(scanner);
    if (c == quote)
      return compare_end(&comparison);
    if (c == '\\')
      take_escape(scanner, &comparison);
    else
      compare_byte(&comparison, c);
  }
}

/* How many `=` a long bracket opens with; -1 when none starts here. */
static int long_bracket_level(const struct lua_scanner *scanner) {
  size_t level = 0;
  if (peek(scanner, 0) != '[')
    return -1;
  while (peek(scanner, 1 + level) == '=')
    level++;
  return peek(scanner, 1 + level) == '[' ? (int)level : -1;
}

static bool closes_long_bracket(const struct lua_scanner *scanner, int level) {
  if (peek(scanner, 0) != ']' || peek(scanner, (size_t)level + 1) != ']')
    return false;
  for (int i = 1; i <= level; i++)
    if (peek(scanner, (size_t)i) != '=')
      return false;
  return true;
}

static bool take_long_string(struct lua_scanner *scanner, int level) {
  struct comparison comparison = begin_string(scanner);
  scanner->at += (size_t)level + 2;
  if (peek(scanner, 0) == '\n' || peek(scanner, 0) == '\r')
    take(scanner); /* a line end directly after the opening is not part of it */
  while (peek(scanner, 0) >= 0) {
    if (closes_long_bracket(scanner, level)) {
      scanner->at += (size_t)level + 2;
      return compare_end(&comparison);
    }
    compare_byte(&comparison, take(scanner));
  }
  return false;
}

static void skip_line(struct lua_scanner *scanner) {
  while (peek(scanner, 0) >= 0 && peek(scanner, 0) != '\n' && peek(scanner, 0) != '\r')
    scanner->at++;
}

void lua_scanner_skip_blanks(struct lua_scanner *scanner) {
  for (;;) {
    if (is_space(peek(scanner, 0))) {
      take(scanner);
    } else if (peek(scanner, 0) == '-' && peek(scanner, 1) == '-') {
      scanner->at += 2;
      int level = long_bracket_level(scanner);
      if (level >= 0)
        take_long_string(scanner, level);
      else
        skip_line(scanner);
    } else {
      return;
    }
  }
}

/* `while` and `for` go with a `do`, which counts. */
static int block_of_word(struct text word) {
  static const struct {
    const char *word;
    int block;
  } words[] = {{"function", 1}, {"do", 1}, {"if", 1}, {"repeat", 1}, {"end", -1}, {"until", -1}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (text_is(word, words[i].word))
      return words[i].block;
  return 0;
}

struct lua_token lua_scanner_next(struct lua_scanner *scanner) {
  lua_scanner_skip_blanks(scanner);
  struct lua_token token = {.type = LUA_TOKEN_SYMBOL, .line = scanner->line};
  int c = peek(scanner, 0);
  if (c < 0) {
    token.type = LUA_TOKEN_END;
  } else if (c == '"' || c == '\'') {
    token.type = LUA_TOKEN_STRING;
    token.is_key = take_short_string(scanner);
  } else if (long_bracket_level(scanner) >= 0) {
    token.type = LUA_TOKEN_STRING;
    token.is_key = take_long_string(scanner, long_bracket_level(scanner));
  } else if (is_name(c)) {
    size_t start = scanner->at;
    token.type = is_digit(c) ? LUA_TOKEN_NUMBER : LUA_TOKEN_NAME;
    while (is_name(peek(scanner, 0)) || (is_digit(c) && peek(scanner, 0) == '.'))
      scanner->at++;
    struct text name = {scanner->source.data + start, scanner->at - start};
    token.is_key = token.type == LUA_TOKEN_NAME && text_equal(name, scanner->key);
    token.block = token.type == LUA_TOKEN_NAME ? block_of_word(name) : 0;
  } else {
    token.symbol = (char)take(scanner);
    if (token.symbol == '=' && peek(scanner, 0) == '=') {
      take(scanner);
      token.symbol = 0; /* a comparison, no key before it */
    }
  }
  return token;
}

struct lua_scanner lua_scanner_start(struct text source, struct text key) {
  struct lua_scanner scanner = {.source = source, .key = key, .line = 1};
  if (peek(&scanner, 0) == '#')
    skip_line(&scanner);
  return scanner;
}
