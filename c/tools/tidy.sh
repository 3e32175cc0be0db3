#!/usr/bin/env bash
# clang-tidy with the flags before `--` on the files behind it; its count of suppressed warnings is noise.
set -euo pipefail

flags=()
while [ "$1" != -- ]; do
    flags+=("$1")
    shift
done
shift
"${CLANG_TIDY:-clang-tidy-19}" --quiet "$@" -- "${flags[@]}" 2> >(grep -v 'warnings\? generated' >&2)
