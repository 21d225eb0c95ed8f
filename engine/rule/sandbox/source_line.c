#include "rule/sandbox/source_line.h"

#include "base/map.h"
#include "base/memory.h"
#include "rule/sandbox/lua_scanner.h"

#include <stdlib.h>

static bool starts_entry(const struct lua_token *token) {
  return token->type == LUA_TOKEN_SYMBOL &&
         (token->symbol == '{' || token->symbol == ',' || token->symbol == ';');
}

unsigned source_line_of_key(struct text source, unsigned from_line, struct text key) {
  struct lua_scanner scanner = lua_scanner_start(source, key);
  /* The last four tokens: `, name =` and `, [ "name" ]`. */
  struct lua_token last[4] = {{.type = LUA_TOKEN_END}};
  do {
    memmove(last, last + 1, 3 * sizeof *last);
    last[3] = lua_scanner_next(&scanner);
    if (last[2].is_key && last[2].line >= from_line && last[3].type == LUA_TOKEN_SYMBOL) {
      bool name = last[2].type == LUA_TOKEN_NAME && starts_entry(&last[1]) && last[3].symbol == '=';
      bool quoted = last[2].type == LUA_TOKEN_STRING && last[1].symbol == '[' &&
                    starts_entry(&last[0]) && last[3].symbol == ']';
      if (name || quoted)
        return last[2].line;
    }
  } while (last[3].type != LUA_TOKEN_END);
  return from_line;
}

static bool opens(const struct lua_token *token) {
  return token->type == LUA_TOKEN_SYMBOL && token->symbol && strchr("{([", token->symbol);
}

static bool closes(const struct lua_token *token) {
  return token->type == LUA_TOKEN_SYMBOL && token->symbol && strchr("})]", token->symbol);
}

/* Behind the `{` of the call's table; false when there is no such call. */
static bool enter_table_of_call(struct lua_scanner *scanner, unsigned from_line) {
  struct lua_token last = {.type = LUA_TOKEN_END}, token = lua_scanner_next(scanner);
  for (; token.type != LUA_TOKEN_END; last = token, token = lua_scanner_next(scanner)) {
    if (!last.is_key || last.type != LUA_TOKEN_NAME || last.line < from_line)
      continue;
    if (token.type == LUA_TOKEN_SYMBOL && token.symbol == '(')
      token = lua_scanner_next(scanner);
    if (token.type == LUA_TOKEN_SYMBOL && token.symbol == '{')
      return true;
  }
  return false;
}

/* ---- paths ---- */

/* Goes behind the `,` or `;` after the entry that `token` is in; false at the table's end. */
static bool leave_entry(struct lua_scanner *scanner, struct lua_token token) {
  int depth = 0;
  for (; token.type != LUA_TOKEN_END; token = lua_scanner_next(scanner)) {
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
  struct lua_token value;
};

static bool read_entry(struct lua_scanner *scanner, struct entry *entry) {
  struct lua_token first = lua_scanner_next(scanner);
  *entry = (struct entry){.line = first.line, .value = first};
  if (first.type == LUA_TOKEN_END || closes(&first))
    return false;
  struct lua_scanner before = *scanner;
  struct lua_token second = lua_scanner_next(scanner);
  if (first.type == LUA_TOKEN_NAME && second.symbol == '=') {
    entry->keyed = true;
    entry->fits = first.is_key;
    entry->value = lua_scanner_next(scanner);
  } else if (first.symbol == '[') {
    struct lua_token bracket = lua_scanner_next(scanner);
    bool simple = bracket.symbol == ']' && lua_scanner_next(scanner).symbol == '=';
    entry->keyed = true;
    entry->fits = simple && second.type == LUA_TOKEN_STRING && second.is_key;
    if (simple) {
      entry->value = lua_scanner_next(scanner);
    } else { /* a computed key */
      *scanner = before;
    }
  } else {
    *scanner = before;
  }
  return true;
}

/* Finds the entry within the table that the scanner stands in. */
static bool find_entry(struct lua_scanner *scanner, const struct source_step *step,
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
  struct lua_scanner scanner = lua_scanner_start(source, call);
  unsigned line = from_line;
  if (!enter_table_of_call(&scanner, from_line))
    return line;
  for (size_t i = 0; i < count; i++) {
    struct entry entry;
    if (!find_entry(&scanner, &steps[i], &entry))
      break;
    line = entry.line;
    if (entry.value.symbol != '{' || entry.value.type != LUA_TOKEN_SYMBOL)
      break;
  }
  return line;
}

void source_lines_of_entries(struct text source, unsigned from_line, struct text call,
                             unsigned *lines, size_t count) {
  struct lua_scanner scanner = lua_scanner_start(source, call);
  struct entry entry;
  size_t found = 0;
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
  struct lua_scanner scanner = lua_scanner_start(source, method);
  if (!text_contains((struct text){source.data + argument->next, source.size - argument->next},
                     method))
    return false;
  if (argument->next > 0) {
    scanner.at = argument->next;
    scanner.line = argument->line;
  }
  /* The last tokens: `: method ( "text"`, or without the bracket. */
  struct lua_token last[4] = {{.type = LUA_TOKEN_END}};
  do {
    memmove(last, last + 1, 3 * sizeof *last);
    lua_scanner_skip_blanks(&scanner);
    size_t start = scanner.at;
    last[3] = lua_scanner_next(&scanner);
    const struct lua_token *name = last[2].symbol == '(' ? &last[1] : &last[2];
    if (last[3].type != LUA_TOKEN_STRING || source.data[start] == '[' || scanner.at < start + 2 ||
        name->type != LUA_TOKEN_NAME || !name->is_key || name[-1].symbol != ':')
      continue;
    struct text text = {source.data + start + 1, scanner.at - start - 2};
    if (memchr(text.data, '\\', text.size))
      continue;
    *argument = (struct source_argument){.text = text, .line = last[3].line, .next = scanner.at};
    return true;
  } while (last[3].type != LUA_TOKEN_END);
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
  struct lua_scanner scanner;
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
static bool take_key(struct repeat_finder *finder, const struct lua_token *first, size_t start,
                     struct text *key) {
  struct lua_scanner *scanner = &finder->scanner, ahead = *scanner;
  *key = (struct text){scanner->source.data + start, scanner->at - start};
  if (first->symbol == '[') {
    ahead.string = &finder->key;
    struct lua_token inside = lua_scanner_next(&ahead);
    ahead.string = NULL;
    if (inside.type == LUA_TOKEN_STRING)
      *key = buffer_text(&finder->key);
    else if (inside.type == LUA_TOKEN_NUMBER)
      key->size = ahead.at - start;
    else
      return false;
    if (lua_scanner_next(&ahead).symbol != ']')
      return false;
  } else if (first->type != LUA_TOKEN_NAME) {
    return false;
  }
  if (lua_scanner_next(&ahead).symbol != '=')
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
  lua_scanner_skip_blanks(&finder->scanner);
  size_t start = finder->scanner.at;
  struct lua_token token = lua_scanner_next(&finder->scanner);
  finder->where_comes = false;
  if (token.type == LUA_TOKEN_END)
    return false;
  if (table && table->at_entry && take_key(finder, &token, start, &key)) {
    table->at_entry = false;
    finder->where_comes = text_is(key, "where");
    note_key(finder, table, key, token.line);
    return true;
  }
  if (token.symbol == '{' && token.type == LUA_TOKEN_SYMBOL) {
    if (table)
      table->at_entry = false;
    return open_table(finder, where_comes || (table && table->in_where));
  }
  if (!table)
    return true;
  if (token.symbol == '}' && token.type == LUA_TOKEN_SYMBOL) {
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
  struct repeat_finder finder = {.scanner = lua_scanner_start(source, TEXT("")),
                                 .tables = memory_alloc_array(TABLES_MAX, sizeof *finder.tables),
                                 .each = each,
                                 .context = context};
  while (find_next(&finder)) {
  }
  while (finder.depth > 0)
    close_table(&finder);
  buffer_free(&finder.key);
  free(finder.tables);
}
