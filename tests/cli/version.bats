#!/usr/bin/env bats
# There is one version: the Makefile has it.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  version="$(sed -n 's/^VERSION := //p' Makefile)"
}

@test "margay --version begins with the Makefile's version" {
  run "${MARGAY:-build/margay}" --version
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "margay $version" ]
}

@test "the changelog's latest release is the Makefile's version, and unreleased changes stand above it" {
  [ "$(grep -m 1 '^## ' CHANGELOG.md)" = '## [Unreleased]' ]
  [ "$(sed -nE 's/^## \[([0-9.]+)\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$/\1/p' CHANGELOG.md | head -n 1)" = "$version" ]
}
