#!/bin/sh
# Boots barenet in QEMU and shows its serial console. All settings come from
# the environment (tools/run.mk passes them on; `make help` lists them).
#
#	NET=user   QEMU's user network, ports forwarded on 127.0.0.1
#	NET=tap    a network namespace of its own, host side 10.0.2.2/24
#	SITE=...   a folder, or a tar, to serve
set -eu

NIC=${NIC:-e1000e} MACHINE=${MACHINE:-q35} FIRMWARE=${FIRMWARE:-bios}
NET=${NET:-user} MEM=${MEM:-} SITE=${SITE:-} SMP=${SMP:-1} PORT=${PORT:-8080}
APPEND=${APPEND:-} DEBUG=${DEBUG:-} BUILD=${BUILD:-build}
GUEST=10.0.2.15
elf=$BUILD/barenet.elf iso=$BUILD/barenet.iso
netns='' watcher='' qemu='' log='' tty=''

die() {
	echo "barenet: $*" >&2
	exit 2
}

cleanup() {
	trap '' INT TERM HUP
	trap - EXIT
	for pid in $watcher $qemu; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	[ -z "$netns" ] || ip netns del "$netns" 2>/dev/null || :
	[ -z "$log" ] || rm -f "$log"
	[ -z "$tty" ] || stty "$tty"
}

# The first free port from $2 on; $1 is t or u (TCP or UDP).
free_port() {
	port=$2
	while ss -Hln"$1" "sport = :$port" 2>/dev/null | grep -q .; do
		port=$((port + 1))
	done
	echo "$port"
}

# Says so once the guest answers. "$@" is the prefix of the curl command.
watch_http() {
	url=$1
	shift
	n=0
	while [ $n -lt 600 ]; do
		if "$@" curl -s -o /dev/null -m 2 "$url" 2>/dev/null; then
			printf '\n>>> ready: %s\n' "$*${*:+ }curl $url"
			[ -z "$more" ] || printf '>>>        %s\n' "$more"
			return
		fi
		n=$((n + 1))
		[ $n -ne 100 ] || echo ">>> no answer from $url yet: see above"
		sleep 0.2
	done
	echo ">>> no answer from $url: giving up"
}

ovmf=/usr/share/ovmf/OVMF.fd
case $FIRMWARE in
bios | direct) firmware='' ;;
uefi | efi-app)
	firmware=$ovmf
	[ -r $firmware ] || die "$firmware is missing (Debian package ovmf)"
	;;
*) die "FIRMWARE=$FIRMWARE: bios, uefi, efi-app or direct" ;;
esac
case $NIC in
e1000 | e1000e | e1000-82545em) ;;
*) [ -n "${ANY_NIC:-}" ] || die "NIC=$NIC: e1000e, e1000 or e1000-82545em" ;;
esac
bad_port="PORT=$PORT: a number from 1 to 65535"
case $PORT in
*[!0-9]* | '' | ??????*) die "$bad_port" ;;
esac
[ "$PORT" -ge 1 ] && [ "$PORT" -le 65535 ] || die "$bad_port"
case $APPEND in
*[\"\'\;\$\\\`]*) die "APPEND: no quotes, ; or \$, which GRUB would take" ;;
esac
case $MACHINE in pc | q35) ;; *) die "MACHINE=$MACHINE: pc or q35" ;; esac
site=''
if [ -d "$SITE" ]; then
	site=$BUILD/site.tar
	tools/mksite.sh "$SITE" "$site"
elif [ -n "$SITE" ]; then
	site=$SITE
	[ -r "$site" ] || die "SITE=$SITE: no such folder or archive"
fi
case $FIRMWARE in
bios | uefi) image=$iso goal=iso ;;
efi-app) image=$BUILD/esp.img goal=esp ;;
direct) image=$elf goal=kernel ;;
esac
[ -r "$image" ] || die "$image is missing: make $goal"
if [ -n "$APPEND$site" ] && [ "$FIRMWARE" = efi-app ]; then
	image=$BUILD/run-esp.img
	tools/mkesp.sh "$image" "$BUILD/BOOTX64.EFI" "$elf" "$APPEND" "$site"
elif [ -n "$APPEND$site" ] && [ "$FIRMWARE" != direct ]; then
	image=$BUILD/run.iso
	tools/mkiso.sh "$elf" "$image" "$APPEND" "$site"
fi
# The site stays in memory as a whole; UEFI takes more of it while GRUB loads.
if [ -z "$MEM" ]; then
	mem=$((64 + $(du -mL "${site:-/dev/null}" | cut -f1)))
	[ -z "$site" ] || [ "$FIRMWARE" = bios ] ||
		mem=$((mem + 64))
	MEM=${mem}M
fi

# A KVM without vmx or svm is one in software: slower than TCG, or broken.
accel=tcg
if grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo && [ -w /dev/kvm ]; then
	accel=kvm
fi

trap cleanup EXIT
# A second signal (make hands on its own TERM) must not end cleanup half way.
trap 'trap "" INT TERM HUP; exit 0' INT
trap 'trap "" INT TERM HUP; exit 143' TERM HUP

command -v qemu-system-x86_64 >/dev/null ||
	die 'qemu-system-x86_64 is missing (Debian package qemu-system-x86)'
set -- qemu-system-x86_64 -machine "$MACHINE" -accel $accel -m "$MEM" \
	-smp "$SMP" -display none -monitor none -no-reboot
case $FIRMWARE in
bios | uefi) set -- "$@" -cdrom "$image" -boot d ;;
efi-app)
	set -- "$@" -device ide-hd,drive=esp,bootindex=0 \
		-drive "if=none,id=esp,format=raw,snapshot=on,file=$image"
	;;
direct)
	set -- "$@" -kernel "$image" -append "$APPEND"
	[ -z "$site" ] || set -- "$@" -initrd "$site"
	;;
esac
[ -z "$firmware" ] || set -- "$@" -bios $firmware

ends='; Ctrl-C ends it.'
[ ! -t 0 ] || ends='; Ctrl-X ends it.'
[ -z "$DEBUG" ] || ends=''
inside='' # a prefix of what must run where QEMU listens
case $NET in
user)
	http=$(free_port t "$PORT") echo=$(free_port u 7007)
	fwd=hostfwd=tcp:127.0.0.1:$http-:80
	fwd=$fwd,hostfwd=udp:127.0.0.1:$echo-:7
	set -- "$@" -nic "user,model=$NIC,$fwd"
	url=http://127.0.0.1:$http/
	prefix=''
	more="UDP echo: 127.0.0.1 port $echo"
	[ "$http" = "$PORT" ] ||
		echo "barenet: port $PORT is taken, using $http"
	cat <<-TEXT
		barenet: $MACHINE, $NIC, $FIRMWARE, $accel$ends
		  HTTP      curl $url
		  UDP echo  127.0.0.1 port $echo
	TEXT
	;;
tap)
	[ -c /dev/net/tun ] || die "NET=tap needs /dev/net/tun"
	[ "$(id -u)" -eq 0 ] || die "NET=tap makes a network namespace:" \
		"run it as root (sudo make run NET=tap)"
	netns=barenet-$$
	ip netns add $netns
	ip -n $netns link set lo up
	ip -n $netns tuntap add dev tap0 mode tap
	ip -n $netns addr add 10.0.2.2/24 dev tap0
	ip -n $netns link set tap0 up
	set -- ip netns exec $netns "$@" \
		-netdev tap,id=n0,ifname=tap0,script=no,downscript=no \
		-device "$NIC,netdev=n0"
	url=http://$GUEST/
	prefix="ip netns exec $netns"
	inside=$prefix
	more="$prefix ping $GUEST"
	cat <<-TEXT
		barenet: $MACHINE, $NIC, $FIRMWARE, $accel$ends
		In another terminal, as root:
		  $prefix ping $GUEST
		  $prefix curl $url
	TEXT
	;;
*) die "NET=$NET: user or tap" ;;
esac

if [ -n "$DEBUG" ]; then
	gdbport=$(free_port t 1234)
	log=$BUILD/debug-serial.log
	: >"$log"
	echo "barenet: gdb on port $gdbport; serial console in $log"
	# setsid: Ctrl-C is for gdb to stop the guest, not for QEMU.
	setsid "$@" -serial "file:$log" -gdb "tcp:127.0.0.1:$gdbport" -S \
		</dev/null &
	qemu=$!
	n=0
	# shellcheck disable=SC2086 # a prefix of words
	until $inside ss -Hlnt "sport = :$gdbport" | grep -q . ||
		[ $n -ge 50 ]; do
		n=$((n + 1))
		sleep 0.1
	done
	# A hardware breakpoint: GRUB has not put the kernel there yet.
	trap '' INT
	# shellcheck disable=SC2086 # GDBFLAGS is a list of words
	$inside gdb -q -ex "target remote 127.0.0.1:$gdbport" \
		-ex 'hbreak kmain' -ex continue ${GDBFLAGS:-} "$elf" || :
	log=''
	exit 0
fi

# shellcheck disable=SC2086 # a prefix of words
watch_http "$url" $prefix &
watcher=$!
# Ctrl-C is for the guest's shell, to end its ping: the terminal's key for the
# signal, which ends QEMU, is another one.
if [ -t 0 ]; then
	tty=$(stty -g)
	stty intr ^X
fi
# In the background, so that this shell hears signals at once; its own stdin.
exec 3<&0
"$@" -serial stdio <&3 &
qemu=$!
wait $qemu
