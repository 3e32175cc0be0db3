/**
 * The application, built by what people build web applications with. Each takes the project (the application's
 * files, and the package in node_modules) and the folder for the result.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TOOLS } from './places.mjs';

/** @typedef {(project: string, out: string) => void} Build */
/** @typedef {(project: string, headers: Record<string, string>, results: string) => Promise<{ origin: string, close: () => unknown }>} Start */
/**
 * @typedef {object} Bundler
 * @property {string[]} packages the first one is the bundler's
 * @property {string} [core] address of the wasm, where the bundler does not see to it
 * @property {Build} [build]
 * @property {Start} [start] a server, for development: which headers it sends, and where results go
 */

const ENTRIES = ['page.js', 'page.worker.js', 'synth.js'];
const CORE = 'qbwasm.wasm';

/**
 * @param {string} name of the tool's command
 * @param {string[]} args
 * @param {string} project
 */
function run(name, args, project) {
  execFileSync(join(TOOLS, 'node_modules/.bin', name), args, {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 180_000,
    env: { ...process.env, NODE_PATH: join(TOOLS, 'node_modules'), PARCEL_WORKERS: '1' },
  });
}

/** What a user's own script would copy. @param {string} project @param {string} out */
function copyPage(project, out) {
  mkdirSync(out, { recursive: true });
  cpSync(join(project, 'index.html'), join(out, 'index.html'));
}

/** @param {string} project @param {string} out */
function copyCore(project, out) {
  cpSync(join(project, 'node_modules/qbwasm', CORE), join(out, CORE));
}

/** For webpack and Rspack, which understand the same. @param {string} project @param {string} out */
function packConfig(project, out) {
  const config = {
    mode: 'production',
    entry: './page.js',
    experiments: { outputModule: true },
    output: { path: out, filename: 'page.js', module: true, publicPath: 'auto' },
    performance: { hints: false },
    module: { parser: { javascript: { worker: ['*context.audioWorklet.addModule()', '...'] } } },
  };
  const file = join(project, `pack.${Date.now()}.config.mjs`);
  writeFileSync(file, `export default ${JSON.stringify(config)};\n`);
  copyPage(project, out);
  return file;
}

/** @param {string} project */
function viteConfig(project) {
  const synth = join(project, 'synth-module.vite.js');
  const config = {
    worker: { format: 'es' },
    resolve: { alias: [{ find: './synth-module.js', replacement: synth }] },
  };
  writeFileSync(join(project, 'vite.config.mjs'), `export default ${JSON.stringify(config)};\n`);
}

/** @type {Readonly<Record<string, Bundler>>} */
export const BUNDLERS = Object.freeze({
  esbuild: {
    packages: ['esbuild'],
    core: CORE,
    build(project, out) {
      copyPage(project, out);
      copyCore(project, out);
      const options = ['--bundle', '--splitting', '--format=esm', '--minify', `--outdir=${out}`];
      run('esbuild', [...ENTRIES, ...options], project);
    },
  },
  Rollup: {
    packages: ['rollup', '@rollup/plugin-node-resolve'],
    core: CORE,
    build(project, out) {
      copyPage(project, out);
      copyCore(project, out);
      const plugin = join(TOOLS, 'node_modules/@rollup/plugin-node-resolve/dist/es/index.js');
      const file = join(project, 'rollup.config.mjs');
      writeFileSync(
        file,
        `import resolve from ${JSON.stringify(plugin)};\nexport default { input: ${JSON.stringify(ENTRIES)}, ` +
          `plugins: [resolve()], output: { dir: ${JSON.stringify(out)}, entryFileNames: '[name].js' } };\n`,
      );
      run('rollup', ['-c', file, '--silent'], project);
    },
  },
  'webpack 5': {
    packages: ['webpack', 'webpack-cli'],
    build: (project, out) => run('webpack', ['-c', packConfig(project, out)], project),
  },
  Rspack: {
    packages: ['@rspack/core', '@rspack/cli'],
    build: (project, out) => run('rspack', ['build', '-c', packConfig(project, out)], project),
  },
  'Vite build': {
    packages: ['vite'],
    build(project, out) {
      viteConfig(project);
      run('vite', ['build', '--outDir', out, '--emptyOutDir', '--logLevel', 'error'], project);
    },
  },
  'Vite dev server': {
    packages: ['vite'],
    async start(project, headers, results) {
      viteConfig(project);
      const entry = join(TOOLS, 'node_modules/vite/dist/node/index.js');
      const vite = await import(pathToFileURL(entry).href);
      const server = await vite.createServer({
        root: project,
        logLevel: 'error',
        server: { host: '127.0.0.1', headers, proxy: { '/result': results } },
      });
      await server.listen();
      return {
        origin: server.resolvedUrls.local[0].replace(/\/$/, ''),
        close: () => server.close(),
      };
    },
  },
  Parcel: {
    packages: ['parcel'],
    build(project, out) {
      const options = ['--dist-dir', out, '--no-cache', '--no-source-maps'];
      run('parcel', ['build', 'index.html', ...options], project);
    },
  },
  'no bundler': {
    packages: [],
    build(project, out) {
      mkdirSync(out, { recursive: true });
      cpSync(project, out, { recursive: true, dereference: true });
      const { exports } = JSON.parse(
        readFileSync(join(project, 'node_modules/qbwasm/package.json'), 'utf8'),
      );
      /** @type {[string, string][]} */
      const paths = Object.entries(exports)
        .filter(([, target]) => typeof target === 'object')
        .map(([name, target]) => [
          `qbwasm${name.slice(1)}`,
          `./node_modules/qbwasm/${target.default.slice(2)}`,
        ]);
      const map = JSON.stringify({ imports: Object.fromEntries(paths) });
      const page = readFileSync(join(project, 'index.html'), 'utf8');
      writeFileSync(
        join(out, 'index.html'),
        page.replace('<script ', `<script type="importmap">${map}</script>\n<script `),
      );
      // An import map does not reach workers: what they load names the package by its path.
      for (const name of readdirSync(out).filter((file) => file.endsWith('.js'))) {
        let source = readFileSync(join(out, name), 'utf8');
        for (const [from, to] of paths)
          source = source.replaceAll(`from '${from}'`, `from '${to}'`);
        writeFileSync(join(out, name), source);
      }
    },
  },
});
