#!/bin/sh
# Runs cmocka programs, prints failing output, ends with `N passed, N failed`.
# A program fails by its exit status (a sanitizer's or leak report sets it)
# and when fewer tests ran than it had announced.
pass=0 fail=0

# sum BEFORE AFTER: adds up the number between them, over all lines of $out.
sum() {
	printf '%s\n' "$out" | sed -n "s/^$1 *\([0-9][0-9]*\)$2.*/\1/p" |
		awk '{ n += $1 } END { print n + 0 }'
}

for prog in "$@"; do
	out=$(timeout 120 "$prog" 2>&1)
	status=$?
	ok=$(printf '%s\n' "$out" | grep -c '^\[       OK \]')
	planned=$(sum '\[==========\] Running' ' test')
	ran=$(sum '\[==========\]' ' test(s) run')
	bad=$(sum '' ' FAILED TEST')
	pass=$((pass + ok))
	if [ $status -ne 0 ] || [ "$ran" -lt "$planned" ] ||
		[ "$planned" -eq 0 ]; then
		[ "$bad" -gt 0 ] || bad=1
		fail=$((fail + bad))
		printf '%s\n' "$out"
		echo "FAIL $prog (exit $status)"
	else
		echo "ok   $(basename "$prog") ($ok)"
	fi
done
echo "unit: $pass passed, $fail failed"
[ $fail -eq 0 ]
