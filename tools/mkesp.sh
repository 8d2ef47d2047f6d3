#!/bin/sh
# mkesp.sh OUT.IMG BOOTX64.EFI ELF [COMMAND LINE] [SITE.TAR]
#
# A FAT file system, without a partition table around it, with the EFI loader
# where UEFI looks by itself, the kernel, stripped, and what it is to be
# given. An ELF of '' leaves the kernel out, as some tests want it.
set -eu

out=$1 efi=$2 elf=$3 cmdline=${4-} site=${5-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
img=$work/esp.img

# 512 KiB to spare, at least 4 MiB, in units of the FAT's cylinders.
kib=1024
for file in "$efi" ${elf:+"$elf"} ${site:+"$site"}; do
	kib=$((kib + $(stat -Lc %s "$file") / 1024))
done
[ $kib -ge 4096 ] || kib=4096
truncate -s $((kib / 32 * 32 + 512))K "$img"
mformat -i "$img" -v BARENET ::
mmd -i "$img" ::/EFI ::/EFI/BOOT
mcopy -i "$img" "$efi" ::/EFI/BOOT/BOOTX64.EFI
if [ -n "$elf" ]; then
	# What is no ELF is for a test, too, and goes there as it is.
	strip -o "$work/barenet.elf" "$elf" 2>/dev/null ||
		cp "$elf" "$work/barenet.elf"
	mcopy -i "$img" "$work/barenet.elf" ::/barenet.elf
fi
if [ -n "$cmdline" ]; then
	printf '%s\n' "$cmdline" >"$work/barenet.cfg"
	mcopy -i "$img" "$work/barenet.cfg" ::/barenet.cfg
fi
[ -z "$site" ] || mcopy -i "$img" "$site" ::/site.tar
mv "$img" "$out"
