#!/usr/bin/env bats
# What `make lint` asks of the rooms of engine/: tests/lint/rooms and tests/lint/circles, on a small
# tree with a table of its own.

bats_require_minimum_version 1.5.0

setup() {
  lint="$(cd "$BATS_TEST_DIRNAME/../lint" && pwd)"
  tree="$(mktemp -d)"
  mkdir -p "$tree/docs" "$tree/engine/"{shop/till,store/shelf,store,base}
  cd "$tree"
  cat >docs/architecture.md <<'MD'
# A shop

| room | what it is for | rooms inside, upper first | may include |
|---|---|---|---|
| `main.c` | the beginning | | `shop` |
| `shop` | what customers see | `.` `till` | all below |
| `store` | what is there | `shelf` `.` | |
| `base` | texts | | |

| part | for | why | header | only in |
|---|---|---|---|---|
| zlib | small things | | `zlib.h` | `store/shelf` |
MD
  header shop/shop.h 'The room shop serves customers.'
  header shop/till/till.h 'The room shop/till counts money.'
  header store/store.h 'The room store says what is there.'
  header store/shelf/shelf.h 'The room store/shelf holds things.'
  header base/text.h 'The room base is below everything.'
  file main.c '#include "shop/shop.h"' 'int main(void) { return shop_open(); }'
  file shop/shop.c '#include "shop/shop.h"' '#include "shop/till/till.h"' '#include "store/store.h"' \
    'int till_open(void);' 'int shop_open(void) { return till_open(); }'
  file shop/till/till.c '#include "base/text.h"' 'int till_open(void) { return 0; }'
  file store/shelf/shelf.c '#include "store/store.h"' '#include <zlib.h>'
}

teardown() {
  rm -rf "$tree"
}

file() {
  local path=engine/$1
  shift
  printf '%s\n' "$@" >"$path"
}

header() {
  file "$1" '/*' " * $2" ' */' '#pragma once'
}

# Compiles the tree as the Makefile does. Headers of libraries need not be there.
build() {
  local source
  sed -i '/<zlib.h>/d' engine/store/shelf/shelf.c
  while read -r source; do
    mkdir -p "build/$(dirname "$source")"
    "${CC:-cc}" -O2 -g -w -Iengine -c -o "build/${source%.*}.o" "$source"
  done < <(find engine -name '*.c')
}

@test "a tree that is as its table says passes" {
  run -0 "$lint/rooms" "$tree"
  [ -z "$output" ]
  build
  run -0 "$lint/circles" "$tree"
  [ -z "$output" ]
}

@test "an include that points up to another top-level room fails" {
  file base/text.c '' '#include "store/store.h"'
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "engine/base/text.c:2: the include points up (from base to store): move what"* ]]
}

@test "an include that points up inside a top-level room fails" {
  file shop/till/till.c '#include "shop/shop.h"'
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "engine/shop/till/till.c:1: the include points up (from shop/till to shop): "* ]]
  file shop/till/till.c
  file store/store.c '#include "store/shelf/shelf.h"'
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "engine/store/store.c:1: the include points up (from store to store/shelf): "* ]]
}

@test "an include that points down fails unless the table allows it" {
  file store/store.c '#include "base/text.h"'
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == 'engine/store/store.c:1: store may not include base ("base/text.h"): '* ]]
  sed -i 's/^| `store` .*/| `store` | what is there | `shelf` `.` | `base` |/' docs/architecture.md
  run -0 "$lint/rooms" "$tree"
}

@test "an include whose path does not begin at engine/ fails" {
  file shop/till/till.c '#include "till.h"'
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == 'engine/shop/till/till.c:1: no such header ("till.h"): write its path from engine/' ]]
}

@test "a private header may be used in its own folder only" {
  for name in store_internal.h internal.h; do
    header "store/$name" 'What the files of the store share.'
    file store/store.c "#include \"store/$name\""
    run -0 "$lint/rooms" "$tree"
    file shop/shop.c "#include \"store/$name\""
    run -1 "$lint/rooms" "$tree"
    [[ "$output" == "engine/shop/shop.c:1: the header is private to engine/store (\"store/$name\"): "* ]]
    file shop/shop.c
  done
}

@test "a header whose name only ends like that of a private one is public" {
  header store/external.h 'Everything.'
  header store/notinternal.h 'Everything.'
  file shop/shop.c '#include "store/external.h"' '#include "store/notinternal.h"'
  run -0 "$lint/rooms" "$tree"
}

@test "a library is included only where the table of parts says" {
  file shop/shop.c '' '#  include <zlib.h>'
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == 'engine/shop/shop.c:2: <zlib.h> stays behind its wrapper (`store/shelf`): '* ]]
}

@test "a folder that is not in the table fails" {
  mkdir engine/shop/cellar
  file shop/cellar/wine.c
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "engine/shop/cellar: not in the table of rooms: "* ]]
}

@test "a file in engine/ itself fails unless the table names it" {
  file other.c
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "engine/other.c: not in the table of rooms: "* ]]
}

@test "a room that is only in the table fails" {
  sed -i 's/`till`/`till` `cellar`/' docs/architecture.md
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "docs/architecture.md:6: there is no room engine/shop/cellar: "* ]]
}

@test "a row of the table that allows an upper room fails" {
  sed -i 's/^| `store` .*/| `store` | what is there | `shelf` `.` | `shop` |/' docs/architecture.md
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "docs/architecture.md:7: store may include what is not below it (shop): "* ]]
}

@test "a document without the tables fails" {
  : >docs/architecture.md
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == *"docs/architecture.md: no table of rooms: "* ]]
  [[ "$output" == *"docs/architecture.md: no table of parts: "* ]]
}

@test "a room with 25 units passes, and one with 26 fails" {
  for i in {2..25}; do
    file "base/text_$i.c"
    header "base/text_$i.h" 'A text.' # a .c and its .h are one unit
  done
  run -0 "$lint/rooms" "$tree"
  file base/text_26.cc
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "engine/base: 26 units, and a room has room for 25: "* ]]
}

@test "a room of which no header says what it is for fails" {
  file base/text.h '/* Texts. */' '/* The room base: too late. */'
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "engine/base: no header says what the room is for: "*'"The room base"' ]]
}

@test "a room of which two headers say what it is for fails" {
  header base/other.h 'The room base is for something else.'
  run -1 "$lint/rooms" "$tree"
  [[ "$output" == "engine/base: several headers say what the room is for ("*"): leave it to one" ]]
}

@test "a circle of two object files fails with the symbols that make it" {
  file shop/till/till.c 'int shop_name(void);' 'int till_open(void) { return shop_name(); }'
  file shop/shop.c 'int shop_name(void) { return 1; }' 'int shop_open(void) { return till_open(); }'
  build
  run -1 "$lint/circles" "$tree"
  [ "${lines[0]}" = "a circle of 2 object files:" ]
  [ "${lines[1]}" = "  engine/shop/shop.c:2: uses till_open of engine/shop/till/till.c" ]
  [ "${lines[2]}" = "  engine/shop/till/till.c:1: uses shop_name of engine/shop/shop.c" ]
  [[ "${lines[3]}" == "  cut it: move what both sides need into a file below them"* ]]
  [ ${#lines[@]} -eq 4 ]
}

@test "a circle through a table of data fails with the row that makes it" {
  echo 'int till_open(void);' >>engine/shop/till/till.h
  echo 'int shop_name(void);' >>engine/shop/shop.h
  file shop/till/till.c '#include "shop/shop.h"' 'int till_open(void) { return shop_name(); }'
  file shop/shop.c '#include "shop/till/till.h"' '/* till_open is' ' * till_open */' \
    'int (*const rows[])(void) = {' '  till_open,' '};' 'int shop_name(void) { return 1; }' \
    'int shop_open(void) { return rows[0](); }'
  build
  run -1 "$lint/circles" "$tree"
  [ "${lines[1]}" = "  engine/shop/shop.c:5: uses till_open of engine/shop/till/till.c" ]
  [ "${lines[2]}" = "  engine/shop/till/till.c:2: uses shop_name of engine/shop/shop.c" ]
}

@test "a circle through an inline function of a header fails with the line in the header" {
  printf '%s\n' 'int till_open(void);' 'static inline int till(void) { return till_open(); }' \
    >>engine/shop/till/till.h
  file shop/till/till.c 'int shop_name(void);' 'int till_open(void) { return shop_name(); }'
  file shop/shop.c '#include "shop/till/till.h"' 'int shop_name(void) { return 1; }' \
    'int shop_open(void) { return till(); }'
  build
  run -1 "$lint/circles" "$tree"
  [ "${lines[1]}" = "  engine/shop/till/till.h:6: uses till_open of engine/shop/till/till.c" ]
}

@test "each circle is listed by itself" {
  file shop/till/till.c 'int shop_name(void);' 'int till_open(void) { return shop_name(); }'
  file shop/shop.c 'int shop_name(void) { return 1; }' 'int shop_open(void) { return till_open(); }'
  file base/text.c 'int text(void) { return number(1); }'
  file base/number.c 'int number(int n) { return n ? text() : 0; }'
  build
  run -1 "$lint/circles" "$tree"
  [ "$(grep -c '^a circle of 2 object files:' <<<"$output")" -eq 2 ]
}

@test "a file that two others use is no circle, and neither is a chain" {
  file base/text.c 'int text(void) { return 1; }'
  file shop/till/till.c 'int text(void);' 'int till_open(void) { return text(); }'
  file shop/shop.c 'int text(void), till_open(void);' \
    'int shop_open(void) { return text() + till_open(); }'
  build
  run -0 "$lint/circles" "$tree"
}

@test "objects that are missing or older than their sources are asked for" {
  run -1 "$lint/circles" "$tree"
  [[ "$output" == "engine/main.c: not built"*": run make first" ]]
  build
  touch -d '+1 minute' engine/shop/shop.c
  run -1 "$lint/circles" "$tree"
  [[ "$output" == "engine/shop/shop.c: not built"*": run make first" ]]
}

@test "a tree without sources is a mistake" {
  find engine -type f -delete
  for check in rooms circles; do
    run -1 "$lint/$check" "$tree"
    [ "$output" = "tests/lint/$check: no sources below engine/ in $tree" ]
  done
}
