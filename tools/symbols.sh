#!/bin/sh
# symbols.sh CC OUT OBJECT...
#
# Links the kernel twice: the first link fixes the address of every function,
# the second adds the table of their names that the backtrace reads (see
# arch/backtrace.c): addresses in order, and the names in the same order.
set -eu

cc=$1
out=$2
shift 2

link()
{
	"$cc" -m64 -nostdlib -static -no-pie -Wl,-T,linker.ld \
		-Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,--nmagic -Wl,--fatal-warnings "$@"
}

functions()
{
	nm -n "$1" | awk '$2 ~ /^[tT]$/ &&
		$3 !~ /^(image_start|text_end|header|header_end|request_end)$/ {
			sub(/\..*/, "", $3) # of the compiler: .part.0
			print $1, $3
		}'
}

# Reads "address name" lines; writes the table as assembly.
table()
{
	awk '
	BEGIN { n = 0 }
	{ addr[n] = $1; name[n++] = $2 }
	END {
		print "\t.section .symbols, \"a\""
		print "\t.globl symbol_count, symbol_addrs, symbol_names"
		print "\t.balign 4"
		printf "symbol_count:\n\t.long %d\n", n
		print "symbol_addrs:"
		for (i = 0; i < n; i++)
			printf "\t.long 0x%s\n", substr(addr[i], 9)
		print "symbol_names:"
		for (i = 0; i < n; i++)
			printf "\t.asciz \"%s\"\n", name[i]
		print "\t.section .note.GNU-stack, \"\", @progbits"
	}'
}

: | table >"$out.symbols.s"
"$cc" -c "$out.symbols.s" -o "$out.symbols.o"
link -o "$out.first" "$@" "$out.symbols.o"
functions "$out.first" >"$out.functions"
table <"$out.functions" >"$out.symbols.s"
"$cc" -c "$out.symbols.s" -o "$out.symbols.o"
link -o "$out" "$@" "$out.symbols.o"

if ! functions "$out" | cmp -s - "$out.functions"; then
	echo "symbols.sh: functions moved between the two links" >&2
	rm -f "$out"
	exit 1
fi
rm -f "$out.first" "$out.symbols.s" "$out.symbols.o" "$out.functions"
