/**
 * The examples in the comments of the library (`@example`), as programs.
 *
 * An example may use `heap` and every name that the package exports without saying where they are from. A line
 * `expression; // value` says what the expression is, as util.inspect prints it; what follows a colon is for the reader.
 *
 * @module
 */
import * as image from '../../js/image/index.js';
import * as main from '../../js/index.js';

/** @typedef {{ code: string, line: number }} Example */

const COMMENT = /^( *)\/\*\*\n([\s\S]*?)\*\//gm;
const EXAMPLE = /^ *\* @example\n((?: *\*(?: (?!@).*)?\n)+)/gm;
const VALUE = /-?\d[\d_.]*n?|'[^']*'|true|false|null|undefined|\w* ?(?:\(\d+\) )?[[{].*[\]}]/
  .source;
const CLAIM = new RegExp(
  `^(?!(?:const|let|for|if|else|import|try)\\b)(\\S.*); // (${VALUE})(?:: .*)?$`,
);
const ASSERTION = `
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
const plain = (text) => text.replace(/\\s/g, '');
const claim = (value, text) => assert.equal(plain(inspect(value)), plain(text));
`;

/**
 * @param {string} text of a module
 * @returns {Example[]}
 */
export function examplesOf(text) {
  return Array.from(text.matchAll(COMMENT), (comment) =>
    Array.from(`${comment[2]}\n`.matchAll(EXAMPLE), ({ index, 1: lines }) => ({
      code: lines.replace(/^ *\* ?/gm, ''),
      line: text.slice(0, comment.index + index).split('\n').length,
    })),
  ).flat();
}

/**
 * @param {string} example
 * @returns {string} a module that runs it, and fails where it is not as it says
 */
export function programOf(example) {
  const isFree = (/** @type {string} */ name) =>
    !new RegExp(`\\b(?:const|class) ${name}\\b`).test(example);
  const hasImports = example.includes('import ');
  const used = [...new Set(example.match(/\b[a-zA-Z]+\b/g))].filter(isFree);
  const isHeapGiven = isFree('heap') && !hasImports;
  if (isHeapGiven && !used.includes('Heap')) used.push('Heap');
  const from = (/** @type {object} */ entry, /** @type {object} */ unless) =>
    used.filter((name) => name in entry && !(name in unless));
  const imports = hasImports
    ? ''
    : `import { ${from(image, {})} } from 'qbwasm/image';\nimport { ${from(main, image)} } from 'qbwasm';\n` +
      "import { Worker } from 'node:worker_threads';\n";
  const lines = example.split('\n').map((line) => {
    const [, expression, value] = CLAIM.exec(line) ?? [];
    if (expression === undefined) return line;
    const shown = /^console\.log\((.*)\)$/.exec(expression)?.[1] ?? expression;
    return `claim(${shown}, ${JSON.stringify(value)});`;
  });
  return (
    ASSERTION + imports + (isHeapGiven ? 'const heap = Heap.create();\n' : '') + lines.join('\n')
  );
}
