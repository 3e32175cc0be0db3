/**
 * The web application, built by what people build web applications with. Each takes the project (the
 * application's files, and the package in node_modules) and the folder for the result.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {(project: string, out: string, tools: string) => void} Build */

const ENTRIES = ['main.js', 'worker.js'];

/**
 * @param {string} tools
 * @param {string} name of the tool's command
 * @param {string[]} args
 * @param {string} project
 */
function run(tools, name, args, project) {
  execFileSync(join(tools, 'node_modules/.bin', name), args, {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 180_000,
    env: { ...process.env, NODE_PATH: join(tools, 'node_modules'), PARCEL_WORKERS: '1' },
  });
}

/** @param {string} project @param {string} out */
function copyPage(project, out) {
  mkdirSync(out, { recursive: true });
  cpSync(join(project, 'index.html'), join(out, 'index.html'));
}

/** For webpack and Rspack, which understand the same. @param {string} project @param {string} out */
function packConfig(project, out) {
  const config = {
    mode: 'production',
    entry: './main.js',
    experiments: { outputModule: true },
    output: { path: out, filename: 'main.js', module: true, publicPath: 'auto' },
    performance: { hints: false },
  };
  const file = join(project, `pack.${Date.now()}.config.mjs`);
  writeFileSync(file, `export default ${JSON.stringify(config)};\n`);
  copyPage(project, out);
  return file;
}

/** @type {Readonly<Record<string, { packages: string[], build: Build }>>} */
export const BUNDLERS = Object.freeze({
  esbuild: {
    packages: ['esbuild'],
    build(project, out, tools) {
      copyPage(project, out);
      run(
        tools,
        'esbuild',
        [...ENTRIES, '--bundle', '--format=esm', '--minify', `--outdir=${out}`],
        project,
      );
    },
  },
  Rollup: {
    packages: ['rollup', '@rollup/plugin-node-resolve'],
    build(project, out, tools) {
      copyPage(project, out);
      const plugin = join(tools, 'node_modules/@rollup/plugin-node-resolve/dist/es/index.js');
      const file = join(project, 'rollup.config.mjs');
      writeFileSync(
        file,
        `import resolve from ${JSON.stringify(plugin)};\nexport default { input: ${JSON.stringify(ENTRIES)}, ` +
          `plugins: [resolve()], output: { dir: ${JSON.stringify(out)}, entryFileNames: '[name].js' } };\n`,
      );
      run(tools, 'rollup', ['-c', file, '--silent'], project);
    },
  },
  'webpack 5': {
    packages: ['webpack', 'webpack-cli'],
    build: (project, out, tools) =>
      run(tools, 'webpack', ['-c', packConfig(project, out)], project),
  },
  Rspack: {
    packages: ['@rspack/core', '@rspack/cli'],
    build: (project, out, tools) =>
      run(tools, 'rspack', ['build', '-c', packConfig(project, out)], project),
  },
  'Vite build': {
    packages: ['vite'],
    build: (project, out, tools) =>
      run(
        tools,
        'vite',
        ['build', '--outDir', out, '--emptyOutDir', '--logLevel', 'error'],
        project,
      ),
  },
  Parcel: {
    packages: ['parcel'],
    build: (project, out, tools) =>
      run(
        tools,
        'parcel',
        ['build', 'index.html', '--dist-dir', out, '--no-cache', '--no-source-maps'],
        project,
      ),
  },
  'no bundler': {
    packages: [],
    build(project, out) {
      mkdirSync(out, { recursive: true });
      cpSync(project, out, { recursive: true, dereference: true });
      const map = {
        imports: {
          qbwasm: './node_modules/qbwasm/js/index.js',
          'qbwasm/worker': './node_modules/qbwasm/js/worker.js',
        },
      };
      writeFileSync(
        join(out, 'index.html'),
        `<!doctype html>\n<meta charset="utf-8">\n<script type="importmap">${JSON.stringify(map)}</script>\n` +
          '<script type="module" src="./main.js"></script>\n',
      );
      // An import map does not reach workers: there the package is named by its path.
      for (const name of ['worker.js', 'types.js']) {
        const source = readFileSync(join(project, name), 'utf8');
        const root = './node_modules/qbwasm/js';
        const direct = source
          .replace("'qbwasm/worker'", `'${root}/worker.js'`)
          .replace("'qbwasm'", `'${root}/index.js'`);
        writeFileSync(join(out, name), direct);
      }
    },
  },
});
