/**
 * The colours of the style sheet, for canvases. They change with the reader's wish for dark or light.
 *
 * @module demo/web/lib/colours
 */

/** @type {Map<string, string>} */
const known = new Map();
/** @type {(() => void)[]} */
const listeners = [];

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  known.clear();
  for (const listener of listeners) listener();
});

/**
 * @param {string} name of a custom property of the root, `--accent`
 * @returns {string}
 */
export function colourOf(name) {
  let colour = known.get(name);
  if (colour === undefined) {
    colour = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    known.set(name, colour);
  }
  return colour;
}

/** @param {() => void} fn called when the colours have changed */
export function onColours(fn) {
  listeners.push(fn);
}
