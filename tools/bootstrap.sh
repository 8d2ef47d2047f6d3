#!/bin/sh
# Installs the Debian packages named on the command line that are missing.
# Silent and quick when there are none; one clear sentence when it cannot.
set -eu

missing=''
if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "barenet: no dpkg here: going on with what is installed. Needed" \
		"is what these Debian packages hold: $*" >&2
	exit 0
fi
# One dpkg-query for all: its order is its own, so each name is looked up.
have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
	sed -n 's/^installed //p') || true
for name in "$@"; do
	case "
$have
" in
	*"
$name
"*) ;;
	*) missing="$missing $name" ;;
	esac
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "barenet: please install$missing (there is no apt-get)" >&2
	exit 1
fi
sudo=''
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "barenet: missing packages. As root, please run:" \
			"apt-get install$missing" >&2
		exit 1
	fi
	sudo='sudo'
fi

echo "barenet: installing$missing" >&2
# sudo clears the environment: the variables go inside.
apt() {
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq \
		-o Dpkg::Use-Pty=0 "$@" >&2
}
apt update || echo "barenet: apt-get update failed, trying what is known" >&2
# shellcheck disable=SC2086 # a list of words
if ! apt install -y --no-install-recommends $missing; then
	echo "barenet: apt-get could not install:$missing" >&2
	exit 1
fi
