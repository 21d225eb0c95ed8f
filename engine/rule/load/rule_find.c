/* Finding the files of a rule set. */
#include "base/file_text.h"
#include "base/memory.h"
#include "rule/load/rule_set_load.h"
#include "rule/sigma/sigma_line.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_SIZE_MAX ((size_t)1 << 20)
#define FOLDER_DEPTH_MAX 32
/* Folders above the working directory that are looked into for lib/. */
#define FOLDERS_UP_MAX 8
#define LIBRARY_FOLDER "lib"
#define PACK_FOLDER "packs"

struct search {
  struct arena arena; /* paths, names and texts */
  struct rule_file *files;
  size_t count, capacity;
  size_t earlier;       /* files of the paths before this one */
  const char **folders; /* library folders that were read */
  size_t folder_count, folder_capacity;
  bool is_named;                 /* the file: by a path, and not found in a folder */
  bool completes;                /* only libraries whose names are not taken */
  bool bases;                    /* only rules that others may derive from */
  bool packs;                    /* in a folder of packs */
  const struct rule_file *given; /* as in rule_options */
  struct problems *problems;
};

static bool has_suffix(const char *path, const char *suffix) {
  size_t size = strlen(path), suffix_size = strlen(suffix);
  return size > suffix_size && strcmp(path + size - suffix_size, suffix) == 0;
}

static const char *last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool is_folder(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool read_text(struct search *search, const char *path, struct text *out) {
  struct buffer buffer = BUFFER_NONE;
  struct error error = ERROR_NONE;
  enum file_kinds kinds = search->is_named ? FILE_HANDED_OVER : FILE_REGULAR;
  bool ok = file_read(path, kinds, FILE_SIZE_MAX, &buffer, NULL, &error) == FILE_READ;
  if (ok)
    *out = arena_copy(&search->arena, buffer_text(&buffer));
  else
    problems_add(search->problems, path, 0, 0, "cannot be read: %s", error.text);
  buffer_free(&buffer);
  return ok;
}

/* A file that only shows editors what rules may call, as the Lua language server marks it. */
static bool is_for_editors(struct text source) {
  return text_starts_folded(source, TEXT("---@meta"));
}

static void put_file(struct search *search, struct rule_file file) {
  search->files =
      memory_reserve(search->files, &search->capacity, search->count + 1, sizeof *search->files);
  search->files[search->count++] = file;
}

static bool may_derive(const struct rule_file *rule) {
  return text_contains(rule->source, TEXT("base"));
}

/* `library` empty = a rule. A file that an earlier path led to is passed over. */
static void add_file(struct search *search, const char *path, struct text library) {
  for (size_t i = 0; i < search->earlier; i++)
    if (strcmp(search->files[i].path, path) == 0)
      return;
  if (search->bases && library.size > 0)
    return;
  bool beside = search->given && library.size == 0 && !search->packs;
  if (beside && !may_derive(search->given))
    return;
  for (size_t i = 0; search->completes && i < search->count; i++)
    if (text_equal(search->files[i].library, library))
      return;
  struct rule_file file = {
      .library = library, .only_base = search->bases || beside, .pack = search->packs};
  if (!read_text(search, path, &file.source) || is_for_editors(file.source))
    return;
  file.path = arena_copy_string(&search->arena, path);
  put_file(search, file);
}

/* lib/aws/arn.lua is the library aws.arn. */
static struct text library_name(struct search *search, const char *folder, const char *path) {
  char *name = arena_copy_string(&search->arena, path + strlen(folder) + 1);
  for (char *c = name; *c; c++)
    if (*c == '/')
      *c = '.';
  return (struct text){name, strlen(name) - strlen(".lua")};
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static void walk(struct search *search, const char *folder, const char *library_folder,
                 const struct folder_place *above, int depth);

/* Files of packs stand in no other folder, and nothing else stands there. */
static void walk_packs(struct search *search, const char *path, const struct folder_place *place,
                       int depth) {
  search->packs = true;
  walk(search, path, NULL, place, depth);
  search->packs = false;
}

static void take_entry(struct search *search, const char *path, const char *library_folder,
                       const struct folder_place *place, int depth) {
  if (is_folder(path) && !library_folder && strcmp(last_part(path), PACK_FOLDER) == 0) {
    walk_packs(search, path, place, depth + 1);
  } else if (is_folder(path)) {
    bool begins = !library_folder && strcmp(last_part(path), LIBRARY_FOLDER) == 0;
    walk(search, path, begins ? path : library_folder, place, depth + 1);
  } else if (!library_folder && sigma_is_file(path)) {
    add_file(search, path, TEXT(""));
  } else if (has_suffix(path, ".lua") && !search->packs) {
    add_file(search, path, library_folder ? library_name(search, library_folder, path) : TEXT(""));
  }
}

static void walk(struct search *search, const char *folder, const char *library_folder,
                 const struct folder_place *above, int depth) {
  struct folder_place place;
  if (!folder_enter(folder, above, &place))
    return;
  if (depth > FOLDER_DEPTH_MAX) {
    problems_add(search->problems, folder, 0, 0, "folders nested too deep");
    return;
  }
  if (library_folder == folder) {
    for (size_t i = 0; i < search->folder_count; i++)
      if (strcmp(search->folders[i], folder) == 0)
        return;
    search->folders = memory_reserve(search->folders, &search->folder_capacity,
                                     search->folder_count + 1, sizeof *search->folders);
    search->folders[search->folder_count++] = folder;
  }
  struct dirent **entries;
  int count = scandir(folder, &entries, is_visible, alphasort);
  if (count < 0) {
    problems_add(search->problems, folder, 0, 0, "cannot be read: %s", strerror(errno));
    return;
  }
  for (int i = 0; i < count; i++) {
    take_entry(search, arena_printf(&search->arena, "%s/%s", folder, entries[i]->d_name),
               library_folder, &place, depth);
    free(entries[i]);
  }
  free(entries);
}

/* Whether a folder holds Lua files itself: /lib of the system does not. */
static bool holds_libraries(const char *folder) {
  DIR *directory = opendir(folder);
  bool found = false;
  if (!directory)
    return false;
  for (struct dirent *entry; !found && (entry = readdir(directory));)
    found = is_visible(entry) && has_suffix(entry->d_name, ".lua");
  closedir(directory);
  return found;
}

/* The folder above, or NULL at the end. */
static char *folder_above(struct arena *arena, const char *folder, int *ups) {
  const char *slash = strrchr(folder, '/');
  if (strcmp(folder, "/") == 0)
    return NULL;
  if (strcmp(folder, ".") == 0 || strcmp(last_part(folder), "..") == 0) {
    if (++*ups > FOLDERS_UP_MAX)
      return NULL;
    return strcmp(folder, ".") == 0 ? arena_copy_string(arena, "..")
                                    : arena_printf(arena, "%s/..", folder);
  }
  if (!slash)
    return arena_copy_string(arena, ".");
  return slash == folder ? arena_copy_string(arena, "/")
                         : arena_printf(arena, "%.*s", (int)(slash - folder), folder);
}

static void find_libraries_upward(struct search *search, const char *folder) {
  int ups = 0;
  for (; folder; folder = folder_above(&search->arena, folder, &ups)) {
    const char *candidate = strcmp(folder, ".") == 0 ? LIBRARY_FOLDER
                            : strcmp(folder, "/") == 0
                                ? "/" LIBRARY_FOLDER
                                : arena_printf(&search->arena, "%s/" LIBRARY_FOLDER, folder);
    if (!holds_libraries(candidate))
      continue;
    walk(search, candidate, candidate, NULL, 0);
    return;
  }
}

static void take_path(struct search *search, const char *given) {
  char *path = arena_copy_string(&search->arena, given);
  int ups = 0;
  search->earlier = search->count;
  for (size_t size = strlen(path); size > 1 && path[size - 1] == '/';)
    path[--size] = '\0';
  if (!is_folder(path)) {
    search->is_named = true;
    add_file(search, path, TEXT(""));
    search->is_named = false;
    find_libraries_upward(search, folder_above(&search->arena, path, &ups));
    return;
  }
  size_t before = search->folder_count;
  walk(search, path, strcmp(last_part(path), LIBRARY_FOLDER) == 0 ? path : NULL, NULL, 0);
  if (search->folder_count == before)
    find_libraries_upward(search, path);
}

/* What the packs are that a derived rule inherits, where the rules bring none of that name. */
static void find_bundled_packs(struct search *search, const char *folder) {
  const char *packs = folder ? arena_printf(&search->arena, "%s/" PACK_FOLDER, folder) : NULL;
  search->earlier = search->count;
  search->completes = false;
  search->bases = true;
  if (packs && is_folder(packs))
    walk_packs(search, packs, NULL, 0);
}

/* The rules that others may derive from, when one asks for that. */
static void find_bases(struct search *search, const char *folder) {
  bool asked = false;
  for (size_t i = 0; i < search->count && !asked; i++)
    asked = search->files[i].library.size == 0 && may_derive(&search->files[i]);
  if (!asked || !folder)
    return;
  search->earlier = search->count;
  search->completes = false;
  search->bases = true;
  walk(search, folder, NULL, NULL, 0);
}

struct rule_set *rule_set_load(const struct rule_options *options, struct problems *problems) {
  struct search search = {.problems = problems, .given = options->given};
  if (options->given) /* first: the second rule of an id is left out */
    put_file(&search, *options->given);
  for (size_t i = 0; i < options->path_count; i++)
    take_path(&search, options->paths[i]);
  search.completes = true;
  if (options->library_path)
    walk(&search, options->library_path, options->library_path, NULL, 0);
  find_bundled_packs(&search, options->base_path);
  find_bases(&search, options->base_path);
  const struct rule_reading reading = {.schemas = options->schemas,
                                       .sigma = options->sigma,
                                       .statuses = options->statuses,
                                       .progress = options->progress};
  struct rule_set *set = rule_set_build(search.files, search.count, &reading,
                                        options->mistakes ? options->mistakes : problems);
  free(search.files);
  free(search.folders);
  arena_free(&search.arena);
  return set;
}
