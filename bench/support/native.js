/**
 * Builds and runs the native twins in bench/c: the core's own C sources and a loop, without JS or wasm.
 *
 * The binary lands in build/bench and is made anew when a source of the core or the program is younger.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUT = join(ROOT, 'build/bench');
const CFLAGS = ['-std=c11', '-O2', '-fno-strict-aliasing', '-D_GNU_SOURCE'];

/**
 * Runs bench/c/memory_pool.c.
 *
 * @param {number} pairs of alloc and free in a round
 * @param {number} rounds
 * @returns {Record<'pair' | 'large' | 'batch' | 'random' | 'malloc', number[]>} nanoseconds a pair, one
 *   number a round
 */
export function nativeMemoryPool(pairs, rounds) {
  const binary = build('memory_pool');
  return JSON.parse(execFileSync(binary, [String(pairs), String(rounds)], { encoding: 'utf8' }));
}

/** @param {string} name of a program in bench/c @returns {string} path of the binary */
function build(name) {
  mkdirSync(OUT, { recursive: true });
  const binary = join(OUT, `${name}.native`);
  const program = join(ROOT, `bench/c/${name}.c`);
  const core = filesBelow(join(ROOT, 'c'));
  // exports.c is what JS calls; all else is the core.
  const sources = core.filter((path) => /\/src\/.*\.c$/.test(path) && !path.endsWith('/exports.c'));
  const isFresh =
    existsSync(binary) &&
    [program, ...core].every((path) => statSync(path).mtimeMs < statSync(binary).mtimeMs);
  if (!isFresh) {
    const includes = [`-I${join(ROOT, 'c/include')}`, `-I${join(ROOT, 'c/src')}`];
    const compiler = process.env.CC ?? 'gcc';
    execFileSync(compiler, [...CFLAGS, ...includes, program, ...sources, '-o', binary], {
      stdio: 'inherit',
    });
  }
  return binary;
}

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}
