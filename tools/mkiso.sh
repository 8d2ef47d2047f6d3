#!/bin/sh
# mkiso.sh ELF OUT.ISO [COMMAND LINE [SITE.TAR]]
#
# A bootable ISO for BIOS and UEFI with the kernel, stripped, and GRUB, which
# passes it the command line and, as a module, the archive of a site. GRUB's
# own modules are only those that boot it.
set -eu

elf=$1
out=$2
cmdline=${3-}
site=${4-}
here=$(dirname "$0")/..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/iso/boot/grub"
strip -o "$work/iso/boot/barenet.elf" "$elf"
module=''
if [ -n "$site" ]; then
	cp "$site" "$work/iso/boot/site.tar"
	module='module2 /boot/site.tar site.tar'
fi
CMDLINE=$cmdline MODULE=$module awk '{
	at = index($0, "@CMDLINE@")
	if (at)
		$0 = substr($0, 1, at - 1) ENVIRON["CMDLINE"] \
			substr($0, at + 9)
	if ($0 == "@MODULE@")
		$0 = ENVIRON["MODULE"]
	print
}' "$here/boot/grub.cfg.in" >"$work/iso/boot/grub/grub.cfg"

# GRUB's UEFI image looks for every part_ module; all_video is for its GOP.
modules="multiboot2 normal serial terminal terminfo boot iso9660 fat
	part_msdos part_gpt part_acorn part_amiga part_apple part_bsd
	part_dfly part_dvh part_plan part_sun part_sunpc
	test all_video"

if ! grub-mkrescue -o "$work/out.iso" --locales= --themes= --fonts= \
	--compress=no --install-modules="$(echo $modules)" \
	"$work/iso" >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
mv "$work/out.iso" "$out"
