/**
 * Shows the code that runs: the marked parts of the modules that this page has loaded.
 *
 *     shown, end       comments that begin and end such a part
 *
 * @module demo/web/lib/source
 */
import { withText } from './page.js';

const PART = /\/\* shown \*\/\n([\s\S]*?)\n\s*\/\* end \*\//g;
const TOKEN =
  /(?<comment>\/\*[\s\S]*?\*\/|\/\/[^\n]*)|(?<string>'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|(?<keyword>\b(?:async|await|class|const|else|extends|for|function|if|let|new|null|of|return|this|throw|try|catch|void|while)\b)/g;
/** From here on a screen has room for code beside the panel. */
const WIDE = '(min-width: 70rem)';

/** Fills each block of code with the parts of its source that are marked. */
export async function showSources() {
  const isWide = matchMedia(WIDE).matches;
  for (const details of document.querySelectorAll('details.code')) {
    if (details instanceof HTMLDetailsElement) details.open = isWide;
  }
  await Promise.all([...document.querySelectorAll('code[data-source]')].map(show));
}

/** @param {Element} block */
async function show(block) {
  const path = block.getAttribute('data-source') ?? '';
  const url = new URL(`../${path}`, import.meta.url);
  const text = await (await fetch(url)).text();
  const parts = Array.from(text.matchAll(PART), ([, part]) => outdented(part));
  block.replaceChildren(...coloured(parts.join('\n\n')));
  const link = document.createElement('a');
  link.href = url.href;
  link.className = 'source';
  link.textContent = `All of ${path}`;
  block.parentElement?.after(link);
}

/** @param {string} code */
function outdented(code) {
  const lines = code.split('\n');
  const indents = lines.filter((line) => line !== '').map((line) => line.search(/\S/));
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least)).join('\n');
}

/** @param {string} code @returns {(Node | string)[]} */
function coloured(code) {
  const nodes = [];
  let end = 0;
  for (const { 0: token, index, groups } of code.matchAll(TOKEN)) {
    const [kind] = Object.entries(groups ?? {}).find(([, found]) => found !== undefined) ?? [''];
    nodes.push(code.slice(end, index), withText('span', token, `t-${kind}`));
    end = index + token.length;
  }
  return [...nodes, code.slice(end)];
}
