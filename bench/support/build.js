/**
 * Builds one wasm module for each allocator: the allocator, its adapter and the workloads, with the
 * same compiler, linker and wasm-opt.
 *
 *   qbwasm     the objects that `make` built (build/wasm)
 *   dlmalloc   Emscripten's system/lib, with the flags of its own libmalloc-mt
 *   emmalloc   the same
 *
 * mimalloc would join here; the Emscripten of Debian 12 (3.1.6) does not ship it.
 *
 * Objects land in build/bench and are made anew when their source or this file is younger.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUT = join(ROOT, 'build/bench');
const C = join(ROOT, 'bench/c');

const FEATURES = ['-matomics', '-mbulk-memory', '-mmutable-globals'];
const BENCH_CFLAGS = ['-std=c11', '-ffreestanding', '-O2', '-Wall', '-Wextra', '-Werror'];
// tools/system_libs.py of Emscripten: class Library, libmalloc (noerrno), libc.
const SYSTEM_CFLAGS = ['-pthread', '-fno-builtin', '-DNDEBUG', '-w'];
const MALLOC_CFLAGS = [
  '-O2',
  '-fno-unroll-loops',
  '-DMALLOC_FAILURE_ACTION=',
  '-DEMSCRIPTEN_NO_ERRNO',
];
const LIBC_CFLAGS = ['-Os'];
const LDFLAGS = [
  '--no-entry',
  '--import-memory',
  '--shared-memory',
  '--max-memory=268435456',
  '--fatal-warnings',
];
// One call for each alloc and free is what a program pays: no loop swallows them. (The order matters:
// wasm-opt runs what it is told from left to right.)
const OPTFLAGS = [
  '--no-inline=bench_*',
  '--no-inline=js_*',
  '-O3',
  '--enable-threads',
  '--enable-bulk-memory',
  '--enable-mutable-globals',
];

const MUTEX_SOURCES = [
  'libc/musl/src/thread/__timedwait.c',
  'libc/musl/src/thread/__wait.c',
  'libc/musl/src/thread/pthread_mutex_init.c',
  'libc/musl/src/thread/pthread_mutex_lock.c',
  'libc/musl/src/thread/pthread_mutex_timedlock.c',
  'libc/musl/src/thread/pthread_mutex_trylock.c',
  'libc/musl/src/thread/pthread_mutex_unlock.c',
  'libc/musl/src/thread/pthread_mutexattr_destroy.c',
  'libc/musl/src/thread/pthread_mutexattr_init.c',
  'libc/musl/src/thread/pthread_self.c',
  'libc/musl/src/thread/vmlock.c',
  'pthread/emscripten_futex_wait.c',
  'pthread/emscripten_futex_wake.c',
];
const INCLUDES = [
  'libc/musl/src/internal',
  'libc/musl/src/include',
  'libc/musl/include',
  'libc/musl/arch/emscripten',
  'libc',
  'pthread',
];

/** @typedef {{name: string, bytes: Uint8Array<ArrayBuffer>}} Build */

/**
 * @param {Record<string, string>} variants name → folder of objects, further builds of qbwasm
 * @returns {Build[]} qbwasm first
 */
export function buildAllocators(variants) {
  mkdirSync(OUT, { recursive: true });
  const qbwasm = { qbwasm: join(ROOT, 'build/wasm'), ...variants };
  return [
    ...Object.entries(qbwasm).map(([name, folder]) => buildQbwasm(name, folder)),
    ...['dlmalloc', 'emmalloc'].map((name) => buildEmscripten(name)),
  ];
}

/** The version line of the compiler, for the report. */
export function compilerVersion() {
  return run('emcc', ['--version']).split('\n')[0];
}

/** @param {string} name @param {string} folder @returns {Build} */
function buildQbwasm(name, folder) {
  const objects = objectsBelow(folder);
  if (objects.length === 0) {
    throw new Error(`no objects of the core in ${folder}: run \`make\` first`);
  }
  const flags = [`-I${join(ROOT, 'c/include')}`, ...BENCH_CFLAGS];
  const calls = ['-Dbench_alloc=js_alloc', '-Dbench_free=js_free'];
  const own = [
    compile('qb-', join(C, 'workload.c'), [...calls, ...flags]),
    compile('qb-', join(C, 'qbwasm.c'), flags),
  ];
  return link(name, ['--stack-first', '-z', 'stack-size=0', ...own, ...objects]);
}

/** @param {string} name @returns {Build} */
function buildEmscripten(name) {
  const system = join(emscriptenRoot(), 'system/lib');
  const includes = INCLUDES.map((folder) => `-I${join(system, folder)}`);
  const libc = [...SYSTEM_CFLAGS, ...LIBC_CFLAGS, ...includes];
  const objects = [
    compile('em-', join(C, 'workload.c'), BENCH_CFLAGS),
    compile('em-', join(C, 'emscripten.c'), ['-std=gnu11', '-O2', ...SYSTEM_CFLAGS, ...includes]),
    ...[`${name}.c`, 'sbrk.c'].map((source) =>
      compile('em-', join(system, source), [...SYSTEM_CFLAGS, ...MALLOC_CFLAGS]),
    ),
    ...MUTEX_SOURCES.map((source) => compile('em-', join(system, source), libc)),
  ];
  return link(name, ['-z', 'stack-size=65536', '--export=__stack_pointer', ...objects]);
}

/** @param {string} prefix @param {string} source @param {string[]} flags @returns {string} object */
function compile(prefix, source, flags) {
  const object = join(OUT, `${prefix}${basename(source, '.c')}.o`);
  const inputs = [source, join(C, 'bench.h'), fileURLToPath(import.meta.url)];
  const isFresh =
    existsSync(object) && inputs.every((path) => statSync(path).mtimeMs < statSync(object).mtimeMs);
  if (!isFresh) run('emcc', [...flags, ...FEATURES, '-c', source, '-o', object]);
  return object;
}

/** @param {string} name @param {string[]} args @returns {Build} */
function link(name, args) {
  const raw = join(OUT, `${name}.raw.wasm`);
  const wasm = join(OUT, `${name}.wasm`);
  run(onPath('wasm-ld-14') ?? 'wasm-ld', [...LDFLAGS, ...args, '-o', raw]);
  run(join(ROOT, 'node_modules/.bin/wasm-opt'), [...OPTFLAGS, raw, '-o', wasm]);
  return { name, bytes: new Uint8Array(readFileSync(wasm)) };
}

/** @param {string} folder @returns {string[]} */
function objectsBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return objectsBelow(path);
      return path.endsWith('.o') ? [path] : [];
    })
    .sort();
}

/** The folder of the Emscripten that `emcc` is. */
function emscriptenRoot() {
  const emcc = onPath('emcc');
  if (emcc === null) throw new Error('emcc is not on the PATH: run `make setup` first');
  return dirname(realpathSync(emcc));
}

/** @param {string} command @returns {string | null} */
function onPath(command) {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** @param {string} command @param {string[]} args @returns {string} */
function run(command, args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
