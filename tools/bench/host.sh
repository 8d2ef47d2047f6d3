#!/bin/sh
# Instructions per operation by callgrind: two runs of different length, so
# that what comes before and after the operations cancels out.
set -eu
prog=$1
count() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		--toggle-collect='measured*' "$prog" "$1" "$2" 2>&1 |
		awk '/Collected/ {print $4}'
}
echo "instructions per operation (software checksums, -O2, callgrind)"
for case in "icmp ICMP_echo 1220" "udp UDP_echo 1592" \
	"segment received_TCP_segment 2914" "get keep-alive_exchange 3777" \
	"connect connect+request+close 10301"; do
	set -- $case
	a=$(count "$1" 200)
	b=$(count "$1" 1200)
	echo "$2 $(((b - a) / 1000)) (lwIP: $3)" | tr _ ' '
done
for case in "conns one_peer" "peers 1000_peers"; do
	set -- $case
	a=$(count "$1" 1000)
	b=$(count "$1" 3000)
	echo "exchange of 1000 connections in turn, $2 $(((b - a) / 2000))" |
		tr _ ' '
done
for conns in 10 1000 100000; do
	a=$(count "lookup$conns" 1000)
	b=$(count "lookup$conns" 11000)
	echo "lookup among $conns connections $(((b - a) / 10000))"
done
