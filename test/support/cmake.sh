#!/usr/bin/env bash
# Builds the examples of the C core and runs them, native and with Emscripten, as one who links the core would.
#
#   test/support/cmake.sh <folder with CMakeLists.txt and examples/> <build folder> [native] [emscripten]
set -euo pipefail

source=$1
build=$2
shift 2
[ $# -gt 0 ] || set -- native emscripten
image=$(realpath "$(dirname "$0")/../golden/images/composite.qbi")
# Debian's Emscripten looks for its JS tools there.
export NODE_PATH=${NODE_PATH:+$NODE_PATH:}/usr/share/nodejs
command -v cmake >/dev/null || { echo "cmake is not installed. On Debian: apt-get install cmake" >&2; exit 1; }

for host in "$@"; do
    with=()
    [ "$host" = native ] || with=(emcmake)
    log=$build/$host.log
    mkdir -p "$build"
    if ! {
        "${with[@]}" cmake -S "$source/examples" -B "$build/$host" -DCMAKE_C_FLAGS=-Werror \
            -DQBWASM_LOOKUP="$image;byWord;seven" &&
            cmake --build "$build/$host" &&
            ctest --test-dir "$build/$host" --output-on-failure
    } >"$log" 2>&1; then
        tail -40 "$log" >&2
        exit 1
    fi
    echo "$host: $(grep -o '[0-9]*% tests passed.*' "$log")"
done
