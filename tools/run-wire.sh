#!/bin/sh
# Runs pytest over test/wire inside fresh network and process namespaces:
# names cannot clash, nothing leaves them, and whatever runs there, QEMU too,
# is gone at the end, even of a killed run.
# Arguments go to pytest. Ends with `wire: N passed, N failed`.
set -eu

python=/usr/bin/python3 # Debian's, the one that has scapy and pytest
log=${BUILD:-build}/wire.log
mkdir -p "${BUILD:-build}"
if [ "${1:-}" = --inside ]; then
	shift
	ip link set lo up
	exec $python -m pytest "$@"
fi

for need in qemu-system-x86_64 $python; do
	command -v "$need" >/dev/null || {
		echo "wire: $need is missing: make test installs what is needed"
		echo "wire: 0 passed, 1 failed"
		exit 1
	}
done
[ -w /dev/net/tun ] || {
	echo "wire: cannot open /dev/net/tun for writing: try as root"
	echo "wire: 0 passed, 1 failed"
	exit 1
}

# Without root, a user namespace gives the rights that a tap needs.
map=''
[ "$(id -u)" -eq 0 ] || map='--map-root-user'
set +e
{
	PYTHONDONTWRITEBYTECODE=1 unshare $map --net --pid --fork \
		--kill-child --mount-proc "$0" --inside \
		-p no:cacheprovider "$@" 2>&1
	echo "exit status $?"
} | tee "$log" | sed '/^exit status [0-9]*$/d'

# pytest's own last line: "3 failed, 40 passed, 1 error in 12.3s"
count() {
	grep -E '(passed|failed|error).* in [0-9.]+s' "$log" | tail -n 1 |
		grep -oE "[0-9]+ $1" | grep -oE '^[0-9]+' || echo 0
}
pass=$(count passed) fail=$(($(count failed) + $(count error)))
status=$(sed -n 's/^exit status //p' "$log" | tail -n 1)
[ "$status" = 0 ] || [ $fail -gt 0 ] || fail=1
echo "wire: $pass passed, $fail failed"
[ $fail -eq 0 ]
