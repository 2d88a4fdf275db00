#!/bin/sh
# check_module.sh libtern-NAME.so: a transport module exports its entry alone and imports no
# symbol of libtern: it is handed a struct tern_host.
set -eu
module=$1
exported=$(nm -D --defined-only "$module" | awk '{ print $3 }')
imported=$(nm -D --undefined-only "$module" | awk '{ print $2 }' | grep '^tern_' || true)
if [ "$exported" != tern_transport_entry ]; then
	echo "$module exports, instead of tern_transport_entry alone: $exported"
	exit 1
fi
if [ -n "$imported" ]; then
	echo "$module imports from libtern, but must use what struct tern_host gives: $imported"
	exit 1
fi
