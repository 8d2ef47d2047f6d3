#!/bin/sh
# mksite.sh FOLDER OUT.TAR
#
# Packs a folder as barenet serves it: ustar, sorted, without owners; links
# become the files that they mean. Other archives work too (docs/files.md).
set -eu

folder=$1
out=$2
[ -d "$folder" ] || {
	echo "barenet: $folder is not a folder" >&2
	exit 2
}
tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner \
	--dereference --hard-dereference -C "$folder" -cf "$out.new" .
mv "$out.new" "$out"
