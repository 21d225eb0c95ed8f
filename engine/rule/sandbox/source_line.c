#include "rule/sandbox/source_line.h"

#include "base/buffer.h"
#include "base/map.h"
#include "base/memory.h"

#include <stdlib.h>

/* Just enough of Lua's lexical grammar (Lua 5.4 manual, 3.1) to distinguish keys from strings and
 * comments. The source may be anything: what is malformed ends the current token. */
struct scanner {
  struct text source, key;
  size_t at;
  unsigned line;
  struct buffer *string; /* gets the bytes of each string; NULL: nobody wants them */
};

enum token_type { TOKEN_END, TOKEN_NAME, TOKEN_STRING, TOKEN_NUMBER, TOKEN_SYMBOL };

struct token {
  enum token_type type;
  char symbol;
  bool is_key; /* a name or string that says the key */
  int block;   /* 1: a word that a later `end` or `until` closes; -1: such a word */
  unsigned line;
};

static int peek(const struct scanner *scanner, size_t ahead) {
  size_t at = scanner->at + ahead;
  return at < scanner->source.size ? (unsigned char)scanner->source.data[at] : -1;
}

/* Line ends are \n, \r, \r\n and \n\r, as in Lua. */
static int take(struct scanner *scanner) {
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

static struct comparison begin_string(const struct scanner *scanner) {
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

static void take_unicode_escape(struct scanner *scanner, struct comparison *comparison) {
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

static void take_escape(struct scanner *scanner, struct comparison *comparison) {
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

static bool take_short_string(struct scanner *scanner) {
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
static int long_bracket_level(const struct scanner *scanner) {
  size_t level = 0;
  if (peek(scanner, 0) != '[')
    return -1;
  while (peek(scanner, 1 + level) == '=')
    level++;
  return peek(scanner, 1 + level) == '[' ? (int)level : -1;
}

static bool closes_long_bracket(const struct scanner *scanner, int level) {
  if (peek(scanner, 0) != ']' || peek(scanner, (size_t)level + 1) != ']')
    return false;
  for (int i = 1; i <= level; i++)
    if (peek(scanner, (size_t)i) != '=')
      return false;
  return true;
}

static bool take_long_string(struct scanner *scanner, int level) {
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

static void skip_line(struct scanner *scanner) {
  while (peek(scanner, 0) >= 0 && peek(scanner, 0) != '\n' && peek(scanner, 0) != '\r')
    scanner->at++;
}

static void skip_blanks(struct scanner *scanner) {
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

static struct token next_token(struct scanner *scanner) {
  skip_blanks(scanner);
  struct token token = {.type = TOKEN_SYMBOL, .line = scanner->line};
  int c = peek(scanner, 0);
  if (c < 0) {
    token.type = TOKEN_END;
  } else if (c == '"' || c == '\'') {
    token.type = TOKEN_STRING;
    token.is_key = take_short_string(scanner);
  } else if (long_bracket_level(scanner) >= 0) {
    token.type = TOKEN_STRING;
    token.is_key = take_long_string(scanner, long_bracket_level(scanner));
  } else if (is_name(c)) {
    size_t start = scanner->at;
    token.type = is_digit(c) ? TOKEN_NUMBER : TOKEN_NAME;
    while (is_name(peek(scanner, 0)) || (is_digit(c) && peek(scanner, 0) == '.'))
      scanner->at++;
    struct text name = {scanner->source.data + start, scanner->at - start};
    token.is_key = token.type == TOKEN_NAME && text_equal(name, scanner->key);
    token.block = token.type == TOKEN_NAME ? block_of_word(name) : 0;
  } else {
    token.symbol = (char)take(scanner);
    if (token.symbol == '=' && peek(scanner, 0) == '=') {
      take(scanner);
      token.symbol = 0; /* a comparison, no key before it */
    }
  }
  return token;
}

static bool starts_entry(const struct token *token) {
  return token->type == TOKEN_SYMBOL &&
         (token->symbol == '{' || token->symbol == ',' || token->symbol == ';');
}

unsigned source_line_of_key(struct text source, unsigned from_line, struct text key) {
  struct scanner scanner = {.source = source, .key = key, .line = 1};
  if (peek(&scanner, 0) == '#')
    skip_line(&scanner);
  /* The last four tokens: `, name =` and `, [ "name" ]`. */
  struct token last[4] = {{.type = TOKEN_END}};
  do {
    memmove(last, last + 1, 3 * sizeof *last);
    last[3] = next_token(&scanner);
    if (last[2].is_key && last[2].line >= from_line && last[3].type == TOKEN_SYMBOL) {
      bool name = last[2].type == TOKEN_NAME && starts_entry(&last[1]) && last[3].symbol == '=';
      bool quoted = last[2].type == TOKEN_STRING && last[1].symbol == '[' &&
                    starts_entry(&last[0]) && last[3].symbol == ']';
      if (name || quoted)
        return last[2].line;
    }
  } while (last[3].type != TOKEN_END);
  return from_line;
}

static bool opens(const struct token *token) {
  return token->type == TOKEN_SYMBOL && token->symbol && strchr("{([", token->symbol);
}

static bool closes(const struct token *token) {
  return token->type == TOKEN_SYMBOL && token->symbol && strchr("})]", token->symbol);
}

/* Behind the `{` of the call's table; false when there is no such call. */
static bool enter_table_of_call(struct scanner *scanner, unsigned from_line) {
  struct token last = {.type = TOKEN_END}, token = next_token(scanner);
  for (; token.type != TOKEN_END; last = token, token = next_token(scanner)) {
    if (!last.is_key || last.type != TOKEN_NAME || last.line < from_line)
      continue;
    if (token.type == TOKEN_SYMBOL && token.symbol == '(')
      token = next_token(scanner);
    if (token.type == TOKEN_SYMBOL && token.symbol == '{')
      return true;
  }
  return false;
}

/* ---- paths ---- */

/* Goes behind the `,` or `;` after the entry that `token` is in; false at the table's end. */
static bool leave_entry(struct scanner *scanner, struct token token) {
  int depth = 0;
  for (; token.type != TOKEN_END; token = next_token(scanner)) {
    depth += token.block;
    if (depth <= 0 && closes(&token))
      return false;
    if (depth <= 0 && starts_entry(&token) && token.symbol != '{')
      return true;
    depth += opens(&token) - closes(&token);
  }
  return false;
}

/* Reads the beginning of an entry: its key, if it has one. `value` is the first token of the value,
 * or where leaving the entry goes on. */
struct entry {
  unsigned line;
  bool keyed, fits; /* fits: the key is the scanner's */
  struct token value;
};

static bool read_entry(struct scanner *scanner, struct entry *entry) {
  struct token first = next_token(scanner);
  *entry = (struct entry){.line = first.line, .value = first};
  if (first.type == TOKEN_END || closes(&first))
    return false;
  struct scanner before = *scanner;
  struct token second = next_token(scanner);
  if (first.type == TOKEN_NAME && second.symbol == '=') {
    entry->keyed = true;
    entry->fits = first.is_key;
    entry->value = next_token(scanner);
  } else if (first.symbol == '[') {
    struct token bracket = next_token(scanner);
    bool simple = bracket.symbol == ']' && next_token(scanner).symbol == '=';
    entry->keyed = true;
    entry->fits = simple && second.type == TOKEN_STRING && second.is_key;
    if (simple) {
      entry->value = next_token(scanner);
    } else { /* a computed key */
      *scanner = before;
    }
  } else {
    *scanner = before;
  }
  return true;
}

/* Finds the entry within the table that the scanner stands in. */
static bool find_entry(struct scanner *scanner, const struct source_step *step,
                       struct entry *entry) {
  scanner->key = step->key.data ? step->key : TEXT("");
  size_t position = 0;
  while (read_entry(scanner, entry)) {
    if (step->key.data ? entry->fits : !entry->keyed && position++ == step->index)
      return true;
    if (!leave_entry(scanner, entry->value))
      return false;
  }
  return false;
}

unsigned source_line_of_path(struct text source, unsigned from_line, struct text call,
                             const struct source_step *steps, size_t count) {
  struct scanner scanner = {.source = source, .key = call, .line = 1};
  unsigned line = from_line;
  if (peek(&scanner, 0) == '#')
    skip_line(&scanner);
  if (!enter_table_of_call(&scanner, from_line))
    return line;
  for (size_t i = 0; i < count; i++) {
    struct entry entry;
    if (!find_entry(&scanner, &steps[i], &entry))
      break;
    line = entry.line;
    if (entry.value.symbol != '{' || entry.value.type != TOKEN_SYMBOL)
      break;
  }
  return line;
}

void source_lines_of_entries(struct text source, unsigned from_line, struct text call,
                             unsigned *lines, size_t count) {
  struct scanner scanner = {.source = source, .key = call, .line = 1};
  struct entry entry;
  size_t found = 0;
  if (peek(&scanner, 0) == '#')
    skip_line(&scanner);
  bool inside = enter_table_of_call(&scanner, from_line);
  while (inside && found < count && read_entry(&scanner, &entry)) {
    if (!entry.keyed)
      lines[found++] = entry.line;
    inside = leave_entry(&scanner, entry.value);
  }
  while (found < count)
    lines[found++] = from_line;
}

bool source_next_argument(struct text source, struct text method,
                          struct source_argument *argument) {
  struct scanner scanner = {
      .source = source, .key = method, .at = argument->next, .line = argument->line};
  if (!text_contains((struct text){source.data + argument->next, source.size - argument->next},
                     method))
    return false;
  if (scanner.at == 0 && peek(&scanner, 0) == '#')
    skip_line(&scanner);
  /* The last tokens: `: method ( "text"`, or without the bracket. */
  struct token last[4] = {{.type = TOKEN_END}};
  do {
    memmove(last, last + 1, 3 * sizeof *last);
    skip_blanks(&scanner);
    size_t start = scanner.at;
    last[3] = next_token(&scanner);
    const struct token *name = last[2].symbol == '(' ? &last[1] : &last[2];
    if (last[3].type != TOKEN_STRING || source.data[start] == '[' || scanner.at < start + 2 ||
        name->type != TOKEN_NAME || !name->is_key || name[-1].symbol != ':')
      continue;
    struct text text = {source.data + start + 1, scanner.at - start - 2};
    if (memchr(text.data, '\\', text.size))
      continue;
    *argument = (struct source_argument){.text = text, .line = last[3].line, .next = scanner.at};
    return true;
  } while (last[3].type != TOKEN_END);
  return false;
}

/* ---- keys that are there twice ---- */

#define TABLES_MAX 100 /* constructors in each other */

/* A table constructor that is being read. */
struct open_table {
  struct map keys; /* to their lines */
  int inner;       /* brackets and blocks that are open within */
  bool at_entry;   /* an entry begins */
  bool in_where;
};

struct repeat_finder {
  struct scanner scanner;
  struct open_table *tables;
  size_t depth;
  bool where_comes;  /* the key `where` was read last */
  struct buffer key; /* of the entry that is read, if it is a string */
  void (*each)(void *context, const struct source_repeat *repeat);
  void *context;
};

/* The key (a name, or a string with its escapes resolved) of the entry that began at `start` with
 * the token `first`. Then the scanner goes on behind the `=`; else it stays. A number is given with
 * its bracket, which no text has. */
static bool take_key(struct repeat_finder *finder, const struct token *first, size_t start,
                     struct text *key) {
  struct scanner *scanner = &finder->scanner, ahead = *scanner;
  *key = (struct text){scanner->source.data + start, scanner->at - start};
  if (first->symbol == '[') {
    ahead.string = &finder->key;
    struct token inside = next_token(&ahead);
    ahead.string = NULL;
    if (inside.type == TOKEN_STRING)
      *key = buffer_text(&finder->key);
    else if (inside.type == TOKEN_NUMBER)
      key->size = ahead.at - start;
    else
      return false;
    if (next_token(&ahead).symbol != ']')
      return false;
  } else if (first->type != TOKEN_NAME) {
    return false;
  }
  if (next_token(&ahead).symbol != '=')
    return false;
  *scanner = ahead;
  return true;
}

static void note_key(struct repeat_finder *finder, struct open_table *table, struct text key,
                     unsigned line) {
  const unsigned *first = map_get(&table->keys, key);
  if (first) {
    finder->each(finder->context, &(struct source_repeat){key, line, *first, table->in_where});
    return;
  }
  unsigned *kept = memory_alloc(sizeof *kept);
  *kept = line;
  map_put(&table->keys, key, kept);
}

static bool open_table(struct repeat_finder *finder, bool in_where) {
  if (finder->depth == TABLES_MAX)
    return false;
  finder->tables[finder->depth++] =
      (struct open_table){.keys = MAP_NONE, .at_entry = true, .in_where = in_where};
  return true;
}

static void close_table(struct repeat_finder *finder) {
  map_clear(&finder->tables[--finder->depth].keys, free);
}

/* False at the end. */
static bool find_next(struct repeat_finder *finder) {
  struct open_table *table = finder->depth ? &finder->tables[finder->depth - 1] : NULL;
  bool where_comes = finder->where_comes;
  struct text key;
  skip_blanks(&finder->scanner);
  size_t start = finder->scanner.at;
  struct token token = next_token(&finder->scanner);
  finder->where_comes = false;
  if (token.type == TOKEN_END)
    return false;
  if (table && table->at_entry && take_key(finder, &token, start, &key)) {
    table->at_entry = false;
    finder->where_comes = text_is(key, "where");
    note_key(finder, table, key, token.line);
    return true;
  }
  if (token.symbol == '{' && token.type == TOKEN_SYMBOL) {
    if (table)
      table->at_entry = false;
    return open_table(finder, where_comes || (table && table->in_where));
  }
  if (!table)
    return true;
  if (token.symbol == '}' && token.type == TOKEN_SYMBOL) {
    close_table(finder);
    return true;
  }
  table->inner += token.block + opens(&token) - closes(&token);
  table->at_entry = table->inner == 0 && starts_entry(&token);
  return true;
}

void source_find_repeats(struct text source,
                         void (*each)(void *context, const struct source_repeat *repeat),
                         void *context) {
  struct repeat_finder finder = {.scanner = {.source = source, .key = TEXT(""), .line = 1},
                                 .tables = memory_alloc_array(TABLES_MAX, sizeof *finder.tables),
                                 .each = each,
                                 .context = context};
  if (peek(&finder.scanner, 0) == '#')
    skip_line(&finder.scanner);
  while (find_next(&finder)) {
  }
  while (finder.depth > 0)
    close_table(&finder);
  buffer_free(&finder.key);
  free(finder.tables);
}
