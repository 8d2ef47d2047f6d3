#!/bin/sh
# Runs the stages named on the command line, each a make target whose last
# line is `NAME: N passed, N failed`, and ends with one line that sums them.
# A stage without that line did not get to its end: that is one failure.
set -u

build=${BUILD:-build}
mkdir -p "$build"
pass=0 fail=0 summary=''
for stage in "$@"; do
	log=$build/test-$stage.log
	echo "== $stage"
	{
		${MAKE:-make} --no-print-directory -s -j "$(nproc)" \
			"$stage" 2>&1
		echo "exit status $?"
	} | tee "$log" | sed '/^exit status [0-9]*$/d'
	status=$(sed -n 's/^exit status //p' "$log" | tail -n 1)
	counts=$(grep -E '^[a-z-]+: [0-9]+ passed, [0-9]+ failed' "$log" |
		sed 's/[^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\).*/\1 \2/' | tail -n 1)
	p=${counts%% *} f=${counts##* }
	if [ -z "$counts" ]; then
		p=0 f=1
	elif [ "$status" != 0 ] && [ "$f" = 0 ]; then
		f=1
	fi
	[ "$f" = 0 ] || summary="$summary $stage"
	pass=$((pass + p)) fail=$((fail + f))
done
[ -z "$summary" ] || echo "failed in:$summary (logs: $build/test-*.log)"
echo "$pass passed, $fail failed"
[ $fail -eq 0 ]
