/**
 * Small things of the page: finding elements, showing errors, showing the code that runs.
 *
 * @module demo/web/lib/page
 */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} Class
 * @returns {T}
 */
export function element(id, Class) {
  const found = document.getElementById(id);
  if (!(found instanceof Class)) throw new Error(`the page has no ${Class.name} #${id}`);
  return found;
}

/** @param {string} id @param {string} text */
export function setText(id, text) {
  const found = element(id, HTMLElement);
  if (found.textContent !== text) found.textContent = text;
}

/** @param {string} id of a list @param {string} text */
export function log(id, text) {
  const list = element(id, HTMLOListElement);
  const item = document.createElement('li');
  item.textContent = text;
  list.append(item);
  while (list.children.length > 6) list.firstElementChild?.remove();
}

/**
 * Runs a panel's code; what it throws is shown in the panel.
 *
 * @template T
 * @param {string} id of its section
 * @param {() => T} fn
 * @returns {T | undefined}
 */
export function guarded(id, fn) {
  try {
    return fn();
  } catch (error) {
    showError(id, error);
    return undefined;
  }
}

/** @param {string} id of a section @param {unknown} error */
export function showError(id, error) {
  const place = document.querySelector(`#${id} > .error`);
  if (!(place instanceof HTMLElement)) throw error;
  place.textContent = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  place.hidden = false;
  console.error(error);
}

/** Fills each code block with the part of its source that is marked as shown. It is the code that runs. */
export async function showSources() {
  const blocks = document.querySelectorAll('code[data-source]');
  await Promise.all(
    [...blocks].map(async (block) => {
      const path = block.getAttribute('data-source') ?? '';
      const text = await (await fetch(new URL(`../${path}`, import.meta.url))).text();
      const shown = text.split('/* shown */')[1]?.split('/* end */')[0] ?? text;
      block.textContent = shown.trim();
    }),
  );
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 2 ** 20) return `${(bytes / 1024).toFixed(0)} KiB`;
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** @param {number} count */
export function formatCount(count) {
  return count.toLocaleString('en');
}
