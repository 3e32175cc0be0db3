#!/usr/bin/env bash
# Installs what a job needs and this machine lacks. Says nothing when there is nothing to do.
#
#   c/tools/setup.sh build    Emscripten
#   c/tools/setup.sh native   cmocka, clang with its sanitizers
#   c/tools/setup.sh check    clang-format, clang-tidy, cppcheck
#   c/tools/setup.sh build native check
#
# It looks for the tools, not for Debian's packages, so another distribution may bring its own.
set -euo pipefail

cc=${CC:-gcc}
clang=${CLANG:-clang-19}
cmocka=$(printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h cmocka.h)
missing=()

# need <package> <command that succeeds when it is there>
need() {
    local package=$1
    shift
    if ! "$@" >/dev/null 2>&1; then
        missing+=("$package")
    fi
}
has() { command -v "$1"; }
compiles() { printf '%s\n' "$1" | "${@:2}" -x c - -o /dev/null; }

look() {
    case $1 in
    build)
        need emscripten has emcc
        need lld-14 eval 'has wasm-ld-14 || has wasm-ld'
        need gcc has "$cc"
        need libc6-dev compiles '#include <stdio.h>' "$cc" -c
        ;;
    native)
        need libcmocka-dev compiles "$cmocka" "$cc" -c
        need clang-19 has "$clang"
        need libclang-rt-19-dev compiles 'int main(void) { return 0; }' "$clang" -fsanitize=thread
        ;;
    check)
        need clang-format-19 has "${CLANG_FORMAT:-clang-format-19}"
        need clang-tidy-19 has "${CLANG_TIDY:-clang-tidy-19}"
        need cppcheck has cppcheck
        ;;
    *)
        echo "usage: c/tools/setup.sh [build] [native] [check]" >&2
        exit 2
        ;;
    esac
}

for job in "$@"; do
    look "$job"
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    missing=() # all of it, so that one command is enough
    look build && look native && look check
    {
        echo "qbwasm needs what these Debian packages bring: ${missing[*]}"
        echo "Run this as root, then make again:"
        echo
        echo "    apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
        echo
    } >&2
    exit 1
fi

echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" \
        </dev/null >"$log" 2>&1
}
# The lists of a fresh machine are empty or old: look again before saying that it failed.
if ! install; then
    apt-get update -qq </dev/null || true
    if ! install; then
        cat "$log" >&2
        exit 1
    fi
fi
