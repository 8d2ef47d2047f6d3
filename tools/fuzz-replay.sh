#!/bin/sh
# Runs replay programs (test/fuzz/replay.c), each over the corpus of its name,
# and ends with `fuzz-replay: N passed, N failed`. A program stops at the
# first input that fails.
pass=0 fail=0
for prog in "$@"; do
	name=$(basename "$prog")
	out=$(timeout 120 "$prog" test/fuzz/corpus/"$name"/* 2>&1)
	status=$?
	count=$(printf '%s\n' "$out" | sed -n 's/^\([0-9][0-9]*\) passed$/\1/p')
	if [ $status -eq 0 ] && [ "${count:-0}" -gt 0 ]; then
		pass=$((pass + count))
		echo "ok   $name ($count)"
	else
		fail=$((fail + 1))
		printf '%s\n' "$out"
		echo "FAIL $prog (exit $status)"
	fi
done
echo "fuzz-replay: $pass passed, $fail failed"
[ $fail -eq 0 ]
