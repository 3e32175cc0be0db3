/**
 * Bundles and minifies the main entry, wasm included, as an application would, and fails when it is
 * over its budget. The target is 25 KiB (DESIGN.md §7); the budget was set anew when pools came in, and
 * again with channels, memory pools and locks: docs/adr/0008.
 *
 *   node test/support/size.mjs
 *
 * @module
 */
import { gzipSync } from 'node:zlib';
import { build, transformWithEsbuild } from 'vite';

const GZIP_BYTES_TARGET = 25 * 1024;
const GZIP_BYTES_MAX = 74 * 1024;

const output = await build({
  configFile: false,
  logLevel: 'error',
  build: {
    write: false,
    minify: false, // a library build keeps its white space, whatever it is told
    target: 'es2022',
    lib: { entry: 'js/index.js', formats: ['es'] },
    rollupOptions: { external: /^node:/ },
  },
});
const [bundle] = Array.isArray(output) ? output : [];
const code = bundle?.output[0]?.code ?? '';
if (code === '') {
  throw new Error('vite built nothing of js/index.js');
}
const minified = await transformWithEsbuild(code, 'index.js', { minify: true, target: 'es2022' });
const { length } = gzipSync(minified.code, { level: 9 });
console.log(
  `js/index.js: ${length} bytes minified and compressed; budget ${GZIP_BYTES_MAX}, target ${GZIP_BYTES_TARGET}`,
);
if (length > GZIP_BYTES_MAX) {
  console.error(`js/index.js is ${length - GZIP_BYTES_MAX} bytes over its budget`);
  process.exitCode = 1;
}
