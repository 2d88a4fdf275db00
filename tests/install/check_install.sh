#!/bin/sh
# check_install.sh TEST BUILD-DIR SOURCE-DIR WORK-DIR LIBDIR: one test of the installed package.
# The first installs it and moves it away, the others build against the moved one.
set -eu
test=$1 build=$2 source=$3 work=$4 libdir=$5
unset TERN_MODULE_PATH
prefix=$work/moved

fail() {
	echo "$*" >&2
	exit 1
}

configure_and_build() { # SOURCE BINARY
	rm -rf "$2"
	cmake -G Ninja -S "$1" -B "$2" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release
	cmake --build "$2"
}

run_app() { # PROGRAM: within its process, so that nothing is sent
	output=$(TERN_TRANSPORTS=local "$1")
	[ "$output" = "id 7 x 1.5 label front axle" ] || fail "$1 printed: $output"
}

installed_files() {
	rm -rf "$work"
	cmake --install "$build" --prefix "$work/first" >/dev/null
	mv "$work/first" "$prefix"
	for file in include/tern/tern.h include/tern/cdr.h include/tern/graph.h \
		"$libdir/libtern.so" "$libdir/libtern.so.0" "$libdir/libtern.a" \
		"$libdir/pkgconfig/tern.pc" "$libdir/cmake/Tern/TernConfig.cmake" \
		"$libdir/cmake/Tern/TernGenerate.cmake" bin/ternc bin/tern; do
		[ -e "$prefix/$file" ] || fail "not installed: $file"
	done
	if ls "$build"/lib/tern/*.so >/dev/null 2>&1; then
		for module in "$build"/lib/tern/*.so; do
			[ -e "$prefix/$libdir/tern/${module##*/}" ] || fail "not installed: $module"
		done
	fi
	for place in "$source" "$build" "$work/first"; do
		if grep -rIl "$place/" "$prefix/$libdir/pkgconfig" "$prefix/$libdir/cmake" \
			"$prefix/include"; then
			fail "these name the build machine's $place"
		fi
	done
}

installed_examples_build() {
	configure_and_build "$source/examples" "$work/examples"
}

installed_app_by_cmake() {
	configure_and_build "$source/tests/install/app" "$work/app"
	run_app "$work/app/app"
	run_app "$work/app/app_static"
}

installed_app_by_pkg_config() {
	PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
	export PKG_CONFIG_PATH
	out=$work/app_pc
	rm -rf "$out"
	mkdir -p "$out"
	ternc=$(pkg-config --variable=ternc tern)
	"$ternc" -o "$out" "$source/tests/install/app/pose.idl"
	sources="$source/tests/install/app/app.c $out/pose.c"
	# Word splitting is wanted: these are lists of options.
	# shellcheck disable=SC2046,SC2086
	cc -std=c11 -Wall -Wextra -Werror -I "$out" $sources $(pkg-config --cflags --libs tern) \
		-Wl,-rpath,"$prefix/$libdir" -o "$out/app"
	run_app "$out/app"
	# shellcheck disable=SC2046,SC2086
	cc -std=c11 -I "$out" $sources $(pkg-config --cflags tern) \
		-Wl,-Bstatic $(pkg-config --libs-only-L --libs-only-l tern) -Wl,-Bdynamic \
		$(pkg-config --static --libs tern | sed 's/-ltern//') -o "$out/app_static"
	ldd "$out/app_static" | grep -q libtern && fail "app_static wants libtern.so"
	run_app "$out/app_static"
}

# Run a shell script in a network of its own, where only loopback exists, and with a /dev/shm of
# its own.
isolated() {
	unshare=unshare
	[ "$(id -u)" = 0 ] || unshare="unshare -r"
	if ! $unshare -n true 2>/dev/null; then
		echo "skipped: no network namespace can be made here"
		exit 77
	fi
	script=$1
	shift
	$unshare -n -m sh -c "mount -t tmpfs tmpfs /dev/shm && ip link set lo up multicast on
		$script" sh "$@"
}

# Without TERN_MODULE_PATH, from a prefix that no build ever knew.
installed_tern_finds_its_modules() {
	"$prefix/bin/tern" --version
	# shellcheck disable=SC2016
	output=$(isolated 'exec "$1" ls --wait 0' "$prefix/bin/tern" 2>&1) ||
		fail "tern ls: $output"
	echo "$output"
	if echo "$output" | grep -qi 'libtern-'; then
		fail "a module was not found"
	fi
}

# The first example, as two processes, until the first sample has come.
installed_hello_is_heard() {
	# shellcheck disable=SC2016
	isolated '"$1/hello_publish" & publisher=$!
		timeout 20 stdbuf -oL "$1/hello_receive" | head -n 1
		kill "$publisher"' "$work/examples/bin" >"$work/hello.out"
	grep -q "^front axle is at x = " "$work/hello.out" ||
		fail "hello_receive printed: $(cat "$work/hello.out")"
}

# The flight demo with the examples as they were built against the installed library.
installed_demo_flies() {
	if [ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null; then
		echo "skipped: needs root, to make network namespaces"
		exit 77
	fi
	"$source/examples/flight/demo" "$work/examples" --duration 3 >"$work/demo.out" 2>&1 ||
		fail "the demo failed: $(cat "$work/demo.out")"
	cat "$work/demo.out"
	grep -q '^  *vehicle_attitude .* reliable' "$work/demo.out" || fail "no summary"
	grep -q 'Reliable topics lost 0' "$work/demo.out" || fail "samples were lost"
}

# What the README shows is real code.
installed_readme_compiles() {
	out=$work/readme
	rm -rf "$out"
	mkdir -p "$out"
	block() { # LANGUAGE NUMBER
		awk -v open="\`\`\`$1" -v wanted="$2" '
			$0 == open { inside = ++count == wanted; next }
			/^```/ { inside = 0 }
			inside' "$source/README.md"
	}
	block idl 1 >"$out/vehicle.idl"
	"$prefix/bin/ternc" -o "$out" "$out/vehicle.idl"
	{
		printf '#include <stdio.h>\n#include <tern/tern.h>\n#include "vehicle.h"\n'
		printf 'static void publish(void)\n{\n%s\n}\n' "$(block c 1)"
		printf 'static void receive(struct tern_participant *bus)\n{\n%s\n}\n' \
			"$(block c 2)"
		printf 'int main(void)\n{\n\tpublish();\n\treceive(NULL);\n}\n'
	} >"$out/readme.c"
	# Checks are left out there for brevity.
	cc -std=c11 -Wall -Wextra -Werror -Wno-unused-result -I "$out" -I "$prefix/include" \
		-fsyntax-only "$out/readme.c"
	for call in tern_writer_publish tern_reader_take; do
		grep -q "$call" "$out/readme.c" || fail "README.md shows no code with $call"
	done
}

"$test"
