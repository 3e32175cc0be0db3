/**
 * Finishes the declaration files that tsc emits from JSDoc.
 *
 *   node c/tools/types.mjs types js
 *
 * 1. A type that stands for one of another module, `export type Heap = import('./heap.js').Heap`, becomes an import
 *    that is exported again: the same type, and not another one that looks alike in editors and in the reference.
 * 2. tsc drops the comments of typedefs, and the one of a module whose first import is of types only. They are put
 *    back from the source.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ALIAS = /^export type (\w+)(?:<.*>)? = import\((['"][^'"]+['"])\)\.(\w+)(?:<[\w, ]+>)?;$/gm;
const MODULE = /^\/\*\*(?:(?!\*\/)[\s\S])*?\n \* @module(?:(?!\*\/)[\s\S])*\*\/\n/;
const BLOCK = /\/\*\*((?:(?!\*\/)[\s\S])*?@typedef\s(?:(?!\*\/)[\s\S])*)\*\//g;

const [types, sources] = process.argv.slice(2);
for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.d.ts')) continue;
  const path = join(types, name);
  const source = join(sources, name.replace(/\.d\.ts$/, '.js'));
  const code = existsSync(source) ? readFileSync(source, 'utf8') : '';
  const text = readFileSync(path, 'utf8').replace(ALIAS, reexport);
  const head = text.includes('\n * @module') ? '' : (MODULE.exec(code)?.[0] ?? '');
  writeFileSync(path, head + withComments(text, typedefComments(code)));
}

/**
 * @param {string} _all
 * @param {string} name
 * @param {string} from with its quotes
 * @param {string} original
 */
function reexport(_all, name, from, original) {
  const what = name === original ? name : `${original} as ${name}`;
  return `import type { ${what} } from ${from};\nexport type { ${name} };`;
}

/**
 * @param {string} text of a declaration file
 * @param {Map<string, string[]>} comments
 */
function withComments(text, comments) {
  return text.replace(/^export type (\w+)/gm, (start, name) => {
    const lines = comments.get(name);
    return lines === undefined ? start : `/**\n${lines.join('\n')}\n */\n${start}`;
  });
}

/**
 * What stands before the first tag of each typedef, or behind its name.
 *
 * @param {string} source
 * @returns {Map<string, string[]>} name to the lines of its comment
 */
function typedefComments(source) {
  const comments = new Map();
  for (const [, block] of source.matchAll(BLOCK)) {
    const { name, rest } = typedefOf(block);
    const before = block.slice(0, block.search(/@(?:template|typedef)\b/));
    const lines = (/[^\s*]/.test(before) ? before : rest)
      .split('\n')
      .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
      .join('\n')
      .trim()
      .split('\n');
    if (name !== '' && lines[0] !== '') {
      comments.set(
        name,
        lines.map((line) => (line === '' ? ' *' : ` * ${line}`)),
      );
    }
  }
  return comments;
}

/**
 * @param {string} block of a comment
 * @returns {{ name: string, rest: string }} what it defines, and the words behind it
 */
function typedefOf(block) {
  let at = block.indexOf('{', block.indexOf('@typedef'));
  for (let depth = 0; at < block.length; at++) {
    if (block[at] === '{') depth++;
    if (block[at] === '}' && --depth === 0) break;
  }
  const found = /^\s*(\w+)([^@]*)/.exec(block.slice(at + 1));
  return { name: found?.[1] ?? '', rest: found?.[2] ?? '' };
}
