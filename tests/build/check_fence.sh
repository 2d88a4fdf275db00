#!/bin/sh
# check_fence.sh COMPILER FLAGS-FILE HEADER [DIRECTORY]: a source of that target which includes
# HEADER must not compile. The header must exist (in DIRECTORY, else on the system), and the same
# source without the include must compile, so that a misspelt name or a broken command is no pass.
set -u
compiler=$1 flags=$2 header=$3 directory=${4-}

compile() {
	printf '%s\n' "$1" | "$compiler" -std=c11 -fsyntax-only "@$flags" -x c - 2>&1
}

if [ -n "$directory" ]; then
	exists() { [ -f "$directory/$header" ]; }
else
	exists() { echo "#include <$header>" | "$compiler" -E -x c - >/dev/null; }
fi
if ! exists; then
	echo "<$header> does not exist${directory:+ in $directory}: this case tests nothing"
	exit 1
fi
if ! output=$(compile '#include <stddef.h>'); then
	echo "even without the include it does not compile:"
	echo "$output"
	exit 1
fi
if output=$(compile "#include <$header>"); then
	echo "<$header> can be included, but must not:"
	sed 's/^-I/  sees /' "$flags"
	exit 1
fi
echo "refused: $(echo "$output" | head -n 1)"
