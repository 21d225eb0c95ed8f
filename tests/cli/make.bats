#!/usr/bin/env bats
# The Makefile's promises: help, missing packages, installing.

setup() {
  root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  build="${MARGAY_BUILD:-$root/build}"
  folder="$(mktemp -d)"
  cd "$root"
  # Ignores the variables of the make that runs the tests.
  unset MAKEFLAGS MFLAGS MAKELEVEL SAN BUILD
}

teardown() {
  rm -rf "$folder"
}

# A folder of programs that shadows the real ones.
shadow() {
  mkdir -p "$folder/bin"
  printf '#!/bin/sh\nexit 1\n' >"$folder/bin/$1"
  chmod +x "$folder/bin/$1"
}

@test "make help names every target that a user would call" {
  run make help
  [ "$status" -eq 0 ]
  for target in deps demo run test lint fmt fuzz bench install clean help; do
    [[ "$output" =~ (^|$'\n')"  make $target "+[a-zA-Z] ]]
  done
  [[ "$output" == *"NO_DEPS=1"* ]]
  [[ "$output" == *"SAN=1"* ]]
}

@test "with NO_DEPS every missing package is named in one message, and nothing is installed" {
  shadow pkg-config
  printf '#!/bin/sh\ntouch "%s/called"\n' "$folder" >"$folder/bin/apt-get"
  chmod +x "$folder/bin/apt-get"
  PATH="$folder/bin:$PATH" run make NO_DEPS=1 BUILD="$folder/build"
  [ "$status" -ne 0 ]
  [ ! -e "$folder/called" ]
  missing=$(grep '^These packages are missing:' <<<"$output")
  [ "$(wc -l <<<"$missing")" -eq 1 ]
  while read -r group probe package; do
    [ "$group" = build ] || continue
    [[ $probe != pc:* ]] || [[ "$missing " == *" $package "* ]]
  done <packaging/deps.apt
  [[ "$missing" != *" gcc"* ]]
  [[ "$output" == *"run make without NO_DEPS"* ]]
}

@test "each target installs the groups of packages that it needs" {
  shadow apt-get
  for tool in bats jq clang-format shellcheck; do
    group=$(awk -v probe="cmd:$tool" '$2 == probe { print $1; exit }' packaging/deps.apt)
    grep -q "packaging/deps .*\b$group\b" Makefile
  done
}

@test "the lists for other package managers name a package for every Debian one" {
  for list in dnf apk brew; do
    while read -r group probe _; do
      [ "$group" = build ] || continue
      case "$probe" in pc:*) grep -q "^build $probe " "packaging/deps.$list" ;; esac
    done <packaging/deps.apt
  done
}

@test "an installed program finds its bundled files wherever it is installed" {
  make -s -o build BUILD="$build" DESTDIR="$folder/stage" PREFIX=/opt/margay install
  cp fixtures/zoom/pages/operation_first.json "$folder/page.json"
  mv "$folder/stage/opt/margay" "$folder/moved"
  grep -q '^complete .* margay$' "$folder/moved/share/bash-completion/completions/margay"
  cd "$folder"
  run moved/bin/margay scan --format text page.json
  [ "$status" -eq 0 ]
  [[ "$output" == *"(Zoom.PasscodeDisabled)"* ]]
  run moved/bin/margay test
  [ "$status" -eq 0 ]
  run moved/bin/margay check -c moved/share/margay/demo.yml
  [ "$status" -eq 0 ]
  run moved/bin/margay demo
  [ "$status" -eq 0 ]
}

@test "a program without its bundled files says so" {
  cp "$build/margay" "$folder/margay"
  cd "$folder"
  for command in "scan /dev/null" test; do
    run ./margay $command
    [ "$status" -ne 0 ]
    [[ "$output" == *"the rules that ship are not there (/"*"/share/margay/rules): install margay whole"* ]]
  done
}
