#!/bin/sh
# Runs packetdrill's scripts through the adapter library $1, each in its own
# network namespace (as root): `pass NAME`, `fail NAME: why` or
# `unsupported NAME: why`, then the sums.
#   PACKETDRILL  the program    TESTS    the folder that the list is relative to
#   SCRIPTS      words: only the scripts whose path holds one of them
set -u

here=$(cd "$(dirname "$0")/.." && pwd)
lib=$(realpath "$1")
list=$here/test/packetdrill/scripts.txt

die() {
	echo "packetdrill: $*" >&2
	exit 2
}

[ -n "${PACKETDRILL:-}" ] || die 'say PACKETDRILL=<path of a built packetdrill>'
[ -x "$PACKETDRILL" ] || die "PACKETDRILL=$PACKETDRILL: no such program"
PACKETDRILL=$(realpath "$PACKETDRILL")
tests=${TESTS:-$(dirname "$(dirname "$PACKETDRILL")")}
[ -d "$tests/tcp" ] || die "no tcp/ in $tests: say PACKETDRILL_TESTS=<folder>"

# The scripts' `sysctl` and `tc` find a device and numbers of their own.
in_namespace='
	ip link set lo up
	ip tuntap add dev tun0 mode tun
	ip link set tun0 up
	exec timeout 60 env LD_PRELOAD="$0" "$@"
'

# run SCRIPT: its output; status 0 when it passed.
run() (
	cd "$(dirname "$1")" || exit
	unshare -n sh -c "$in_namespace" "$lib" "$PACKETDRILL" \
		--so_filename="$lib" --so_flags=local=192.168.0.1 \
		--local_ip=192.168.0.1 --gateway_ip=192.168.0.2 \
		--netmask_ip=255.255.0.0 --tolerance_usecs=14000 \
		"$(basename "$1")" 2>&1 </dev/null
)

# chosen NAME: one of the words is in it, or there are no words.
chosen() {
	[ -n "${SCRIPTS:-}" ] || return 0
	for word in $SCRIPTS; do
		case $1 in *"$word"*) return 0 ;; esac
	done
	return 1
}

pass=0 fail=0 unsupported=0
while read -r name; do
	chosen "$name" || continue
	if [ ! -f "$tests/$name" ]; then
		unsupported=$((unsupported + 1))
		echo "unsupported $name: no such script in $tests"
	elif out=$(run "$tests/$name"); then
		pass=$((pass + 1))
		echo "pass $name"
	else
		fail=$((fail + 1))
		echo "fail $name: $(printf '%s' "$out" | tr -s '\n' ' ')"
	fi
done <"$list"
echo "packetdrill: $pass passed, $fail failed, $unsupported unsupported"
[ $fail -eq 0 ]
