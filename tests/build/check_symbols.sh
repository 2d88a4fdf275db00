#!/bin/sh
# check_symbols.sh tern.map libtern.so libtern.a: the list, what the shared library exports, and
# what the sources mark TERN_API (default visibility in the objects) must be the same.
set -eu
LC_ALL=C
export LC_ALL
map=$1 shared=$2 static=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n 's/^\t\([a-z][a-z0-9_]*\);$/\1/p' "$map" >"$work/in_order"
sort "$work/in_order" >"$work/listed"
nm -D --defined-only "$shared" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"
readelf -sW "$static" |
	awk '$5 == "GLOBAL" && $6 == "DEFAULT" && $7 != "UND" { print $8 }' |
	sort >"$work/marked"

failed=0
complain() { # files to compare by comm, columns to hide, what is wrong
	lines=$(comm "$3" "$1" "$2")
	if [ -n "$lines" ]; then
		echo "$4:"
		echo "$lines" | sed 's/^[[:space:]]*/  /'
		failed=1
	fi
}
complain "$work/marked" "$work/listed" -23 \
	"marked TERN_API but not listed in cmake/libtern/tern.map: list it, or drop the mark"
complain "$work/marked" "$work/listed" -13 \
	"listed in cmake/libtern/tern.map but defined nowhere, or not marked TERN_API"
complain "$work/listed" "$work/exported" -13 "exported but not listed in cmake/libtern/tern.map"
complain "$work/listed" "$work/exported" -23 "listed but not exported"
if grep -v '^tern_[a-z0-9]' "$work/exported" | grep -q . || grep -q '^tern__' "$work/exported"; then
	echo "names that are not public ones (tern_<noun>_<verb>) are exported:"
	grep -v '^tern_[a-z0-9]' "$work/exported" || grep '^tern__' "$work/exported"
	failed=1
fi
if ! sort -c "$work/in_order"; then
	echo "cmake/libtern/tern.map is not sorted"
	failed=1
fi
[ $failed = 1 ] || echo "$(wc -l <"$work/exported") symbols, as listed"
exit $failed
