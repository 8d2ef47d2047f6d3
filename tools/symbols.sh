#!/bin/sh
# symbols.sh CC OUT OBJECT...
#
# Links the kernel twice: the first link fixes the address of every function,
# the second adds the table of their places and names that the backtrace reads
# (see arch/backtrace.c).
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

# Reads "address name" lines; writes the table as assembly. Names are packed:
# again and again the most frequent pair of bytes becomes one byte from 128 on
# (Gage, "A New Algorithm for Data Compression", 1994).
table()
{
	LC_ALL=C awk '
	function best_pair(    i, pair, seen, best) {
		for (i = length(names) - 1; i > 0; i--) {
			pair = substr(names, i, 2)
			if (index(pair, "\n") == 0 && ++seen[pair] > seen[best])
				best = pair
		}
		return best
	}
	function bytes(text, from,    i, line) {
		line = "\t.byte " code[substr(text, from, 1)]
		for (i = 1; i < 16 && from + i <= length(text); i++)
			line = line "," code[substr(text, from + i, 1)]
		return line
	}
	{
		$1 = "0x" substr($1, 9)
		if (NR == 1)
			first = $1
		else
			steps = steps "\t.short " $1 " - " last "\n"
		last = $1
		names = names $2 "\n"
	}
	END {
		for (i = 0; i < 256; i++)
			code[sprintf("%c", i)] = i
		code["\n"] = 0
		for (i = 128; i < 256 && (pair = best_pair()) != ""; i++) {
			gsub(pair, sprintf("%c", i), names)
			pairs = pairs pair
		}
		print "\t.section .symbols, \"a\""
		print "\t.globl symbol_count, symbol_first, symbol_steps"
		print "\t.globl symbol_pairs, symbol_names"
		print "\t.balign 4"
		printf "symbol_count:\n\t.long %d\n", NR
		printf "symbol_first:\n\t.long %s\n", NR ? first : 0
		printf "symbol_steps:\n%s", steps
		print "symbol_pairs:"
		for (i = 1; i <= length(pairs); i += 16)
			print bytes(pairs, i)
		print "symbol_names:"
		for (i = 1; i <= length(names); i += 16)
			print bytes(names, i)
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
