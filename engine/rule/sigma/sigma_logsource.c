#include "rule/sigma/sigma_logsource.h"

#include "base/buffer.h"
#include "base/suggestion.h"

enum { WORDS = 3 };
static const char *const keys[WORDS] = {"category", "product", "service"};

static struct text *word_of(struct schema_logsource *words, size_t index) {
  struct text *const places[WORDS] = {&words->category, &words->product, &words->service};
  return places[index];
}

/* ---- reading ---- */

/* Every combination that there is, with each of the list's words. */
static bool multiply(struct sigma_reader *reader, const struct yaml_node *node, size_t index,
                     struct sigma_words *words) {
  bool list = node->type == YAML_SEQUENCE;
  size_t before = words->count, count = list ? node->count : 1;
  if (count == 0)
    return true;
  if (before * count > SIGMA_COMBINATIONS_MAX)
    return yaml_problem(&reader->context, node, "logsource: more than %d combinations",
                        SIGMA_COMBINATIONS_MAX);
  for (size_t i = count; i-- > 0;) {
    struct text word;
    if (!yaml_string(&reader->context, list ? node->items[i] : node, keys[index], &word))
      return false;
    for (size_t k = 0; k < before; k++) {
      words->items[i * before + k] = words->items[k];
      *word_of(&words->items[i * before + k], index) = word;
    }
  }
  words->count = before * count;
  return true;
}

bool sigma_words_read(struct sigma_reader *reader, struct sigma_words *words) {
  const struct yaml_node *node = yaml_get(reader->document, "logsource");
  words->items[0] = (struct schema_logsource){.category = TEXT("")};
  words->count = 1;
  if (!node)
    return yaml_problem(&reader->context, reader->document, "the rule has no 'logsource'");
  if (!yaml_expect(&reader->context, node, YAML_MAPPING, "logsource"))
    return false;
  for (size_t i = 0; i < WORDS; i++) {
    const struct yaml_node *value = yaml_get(node, keys[i]);
    if (value && !yaml_is_null(value) && !multiply(reader, value, i, words))
      return false;
  }
  return true;
}

static bool fits(struct schema_logsource filter, struct schema_logsource rule) {
  for (size_t i = 0; i < WORDS; i++)
    if (word_of(&filter, i)->size && !text_equal_folded(*word_of(&filter, i), *word_of(&rule, i)))
      return false;
  return true;
}

bool sigma_words_fit(const struct sigma_words *filter, const struct sigma_words *rule) {
  for (size_t i = 0; i < filter->count; i++)
    for (size_t k = 0; k < rule->count; k++)
      if (fits(filter->items[i], rule->items[k]))
        return true;
  return false;
}

/* ---- what they mean ---- */

/* Says that nothing names the logsource, and what could have. */
static void refuse(struct sigma_reader *reader, struct schema_logsource words) {
  struct buffer shown = BUFFER_NONE;
  struct arena arena = ARENA_NONE;
  struct suggestion suggestion;
  for (size_t i = 0; i < WORDS; i++)
    if (word_of(&words, i)->size)
      buffer_printf(&shown, "%s%s: %.*s", shown.size ? ", " : "", keys[i],
                    TEXT_ARGS(*word_of(&words, i)));
  reader->lacks_schemas = shown.size && !reader->logsources->schemas;
  sigma_refuse(
      reader, yaml_get(reader->document, "logsource"), "no log type for %s%s%s",
      shown.size ? shown.data : "an empty logsource",
      suggestion_write(sigma_logsource_nearest(reader->logsources, &words, &arena), &suggestion),
      reader->lacks_schemas ? ": no schemas are loaded, and no mapping names it" : "");
  buffer_free(&shown);
  arena_free(&arena);
}

/* Whether events of both are asked for the same. */
static bool mean_the_same(const struct sigma_log_source *a, const struct sigma_log_source *b) {
  return a->fields.items == b->fields.items && a->fields.count == b->fields.count &&
         a->where == b->where && text_equal(a->fields_below, b->fields_below);
}

static struct text_list join_types(struct arena *arena, struct text_list a, struct text_list b) {
  struct text *items = arena_alloc(arena, (a.count + b.count + 1) * sizeof *items);
  size_t count = 0;
  for (size_t i = 0; i < a.count + b.count; i++) {
    struct text type = i < a.count ? a.items[i] : b.items[i - a.count];
    bool known = false;
    for (size_t k = 0; k < count && !known; k++)
      known = text_equal(items[k], type);
    if (!known)
      items[count++] = type;
  }
  return (struct text_list){items, count};
}

static void add_source(struct arena *arena, struct sigma_log_sources *sources,
                       const struct sigma_log_source *source) {
  for (size_t i = 0; i < sources->count; i++) {
    if (!mean_the_same(sources->items[i], source))
      continue;
    struct sigma_log_source *joined = arena_alloc(arena, sizeof *joined);
    *joined = *sources->items[i];
    joined->log_types = join_types(arena, joined->log_types, source->log_types);
    sources->items[i] = joined;
    return;
  }
  const struct sigma_log_source **items =
      arena_alloc(arena, (sources->count + 1) * sizeof(struct sigma_log_source *));
  if (sources->count)
    memcpy(items, sources->items, sources->count * sizeof(struct sigma_log_source *));
  items[sources->count++] = source;
  sources->items = items;
}

struct sigma_log_sources sigma_words_sources(struct sigma_reader *reader,
                                             const struct sigma_words *words) {
  struct arena *arena = &reader->set->arena;
  struct sigma_log_sources sources = {NULL, 0};
  for (size_t i = 0; i < words->count; i++) {
    struct sigma_log_sources found =
        sigma_logsource_find(reader->logsources, &words->items[i], arena);
    for (size_t k = 0; k < found.count; k++)
      add_source(arena, &sources, found.items[k]);
  }
  if (sources.count == 0)
    refuse(reader, words->items[0]);
  return sources;
}

struct text_list sigma_sources_log_types(struct arena *arena,
                                         const struct sigma_log_sources *sources) {
  struct text_list types = {NULL, 0};
  for (size_t i = 0; i < sources->count; i++)
    types = join_types(arena, types, sources->items[i]->log_types);
  struct text *items = arena_alloc(arena, (types.count + 1) * sizeof *items);
  for (size_t i = 0; i < types.count; i++)
    items[i] = arena_copy(arena, types.items[i]);
  return (struct text_list){items, types.count};
}
