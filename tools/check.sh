#!/bin/sh
# Runs the checks named on the command line, each a make target, and ends
# with one line: `check: ok` or `check: failed: NAMES`.
set -u

failed=''
for name in "$@"; do
	echo "== $name"
	${MAKE:-make} --no-print-directory -s -j "$(nproc)" "$name" ||
		failed="$failed $name"
done
if [ -n "$failed" ]; then
	echo "check: failed:$failed"
	exit 1
fi
echo "check: ok"
