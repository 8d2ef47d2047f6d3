#!/bin/sh
# Prints docs/drops.md: the table of drop reasons in net/core/drop.h.
set -eu
cd "$(dirname "$0")/.."

cat <<'TEXT'
# Drop reasons

A packet is never an error: it is delivered, answered, or dropped with one of
these reasons. Each has a counter, shown at `/drops`. Made from
`net/core/drop.h` by `make docs`; do not edit.

| Reason | Meaning |
|---|---|
TEXT
# Joins what the macro list wraps, then takes X(NAME, "sentence") apart; a
# comment inside the list is a heading. The backquotes are Markdown.
# shellcheck disable=SC2016
sed -n '/define DROP_REASONS/,/^$/p' net/core/drop.h |
	sed 's/[[:space:]]*\\$//; s/^[[:space:]]*//' |
	tr '\n' ' ' |
	sed 's/" *"//g; s|/\* *|\
# |g; s/X(/\
X(/g' |
	sed -n 's|^# \(.*\) \*/.*|\| **\1** \| \||p
		s|^X(\([A-Z0-9_]*\), "\(.*\)").*|\| `\1` \| \2 \||p'
