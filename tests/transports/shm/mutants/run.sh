#!/bin/bash
# Break one thing in shared memory's sources at a time, and see that a test notices.
#
#   run.sh BUILD LIST [NAME]   BUILD: a build by ninja with the tests that LIST names
#
# A line of LIST: name | source | test | what sed does to the source. Lines that begin with # are
# comments. A sed script that changes nothing is a failure: the source has moved on.
# Lists: ring.list, registry.list and pairs.list (certain); fences.list (races: wants two idle processors, and
# TERN_LITMUS_SECONDS=20).
set -u
# Tests that are killed leave files behind: in a /dev/shm of our own, which ends with us.
if [[ $(id -u) == 0 && -z ${MUTANTS_ALONE:-} ]]; then
	MUTANTS_ALONE=1 exec unshare --mount bash -c \
		'mount -t tmpfs tmpfs /dev/shm && exec bash "$0" "$@"' "$0" "$@"
fi
build=$(realpath "$1")
list=$(realpath "$2")
sources=$(realpath "$(dirname "$0")/../../../../transports/shm/src")
work=$(mktemp -d)
# What crashes leaves its files.
export TERN_TEST_SHM_ROOT=$(mktemp -d /dev/shm/tern-mutants-XXXXXX)
trap 'rm -rf "$work" "$TERN_TEST_SHM_ROOT"' EXIT
survivors=0

# How ninja compiles the source for the test, and how it links the test.
compile_command() { # source test
	ninja -C "$build" -t commands "$2" | grep -- "-c [^ ]*/transports/shm/src/$1\$" |
		(grep "/$2.dir/" || ninja -C "$build" -t commands "$2" |
			grep -- "-c [^ ]*/transports/shm/src/$1\$") | tail -1
}

mutate() { # name source test sed
	rm -rf "$work"/* "$TERN_TEST_SHM_ROOT"/*
	cp "$sources/$2" "$work/$2"
	sed -i "$4" "$work/$2"
	if cmp -s "$work/$2" "$sources/$2"; then
		echo "$1: sed finds nothing to change in $2"
		return 1
	fi
	local compile link
	compile=$(compile_command "$2" "$3" |
		sed "s| -M[DTF]\( [^ ]*\.[do]\)\?||g; s| -Werror| -w|; s| -o [^ ]*||
			s| -c [^ ]*| -o $work/mutant.o -c $work/$2|")
	link=$(ninja -C "$build" -t commands "$3" | tail -1 |
		sed "s| [^ ]*/$2\.o||; s| -o [^ ]*| -o $work/test $work/mutant.o|")
	if ! (cd "$build" && eval "$compile" && eval "$link") > "$work/output" 2>&1; then
		echo "$1: cannot be built"
		head -5 "$work/output"
		return 1
	fi
	if { cd "$work" && timeout 60 ./test; } > "$work/output" 2>&1; then
		echo "$1: SURVIVED $3"
		return 1
	fi
	echo "$1: killed by $3"
}

while IFS='|' read -r name source test sed; do
	name=${name// } source=${source// } test=${test// }
	[[ -z $name || $name == \#* || ${3:-$name} != "$name" ]] && continue
	mutate "$name" "$source" "$test" "$sed" || survivors=$((survivors + 1))
done < "$list"
echo "$survivors survived"
exit $((survivors > 0))
