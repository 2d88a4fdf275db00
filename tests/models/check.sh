#!/usr/bin/env bash
# Check one model with spin, and that its mutants fail:  check.sh MODEL.pml [MUTANT...]
# Each name that the model tests by #ifdef, #ifndef or defined() is a mutant: defining it takes a
# fence or a rule away, and spin must find a counterexample. With MUTANT: show those found.
set -euo pipefail

model=$(realpath "$1")
shift
here=$(dirname "$model")
name=$(basename "$model" .pml)
command -v spin >/dev/null || {
	echo "spin is not installed (Debian: apt-get install spin)"
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# verify DIRECTORY [-DMUTANT]: search all states; the verifier's report goes to DIRECTORY/report.
verify() {
	local directory=$1
	shift
	mkdir "$directory"
	cp "$here"/*.pml "$directory"
	cd "$directory"
	spin -a "$@" "$name.pml" >report || {
		cat report
		return 1
	}
	cc -O2 -w -DSAFETY -DCOLLAPSE -DMEMLIM=2000 -o pan pan.c
	./pan -m100000 -w22 >report 2>&1
	cd "$here"
}

is_complete() {
	! grep -qE 'max search depth too small|reached -DMEMLIM|Search not completed' "$1"
}

show() {
	verify "$work/$1" "-D$1"
	grep -E '^pan:' "$work/$1/report" || {
		echo "$1: spin finds nothing"
		return
	}
	cd "$work/$1"
	spin -t -p -g -l -D"$1" "$name.pml"
}

if (($# > 0)); then
	for mutant; do
		show "$mutant"
	done
	exit
fi

failed=0
verify "$work/right"
states=$(grep -oE '[0-9e.+]+ states, stored' "$work/right/report" || true)
if grep -q 'errors: 0' "$work/right/report" && is_complete "$work/right/report"; then
	echo "$name: nothing found, all states searched: $states"
else
	cat "$work/right/report"
	echo "$name: FAILED"
	failed=1
fi

mapfile -t mutants < <(grep -E '^#if' "$model" |
	grep -oE '(ifn?def +|defined\()[A-Z_]+' | grep -oE '[A-Z_]+$' | sort -u)
((${#mutants[@]} > 0)) || {
	echo "$name: it has no mutants"
	failed=1
}
for mutant in "${mutants[@]}"; do
	verify "$work/$mutant" "-D$mutant"
	# The verifier says this of a counterexample alone.
	if what=$(sed -nE 's/^pan:[0-9]+: //p' "$work/$mutant/report") && [[ $what ]]; then
		echo "$name without its rule ($mutant): $what"
	else
		cat "$work/$mutant/report"
		echo "$name: mutant $mutant SURVIVED"
		failed=1
	fi
done
exit "$failed"
