/**
 * Small things of the page: finding elements, showing texts and errors.
 *
 * @module demo/web/lib/page
 */

const LOG_LINES_MAX = 6;

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

/** @param {string} id of a list @param {string} text @param {string} [className] */
export function log(id, text, className = '') {
  const list = element(id, HTMLOListElement);
  list.querySelector('.hint')?.remove();
  list.append(withText('li', text.replaceAll(location.origin, ''), className));
  while (list.children.length > LOG_LINES_MAX) list.firstElementChild?.remove();
}

/**
 * @param {string} tag
 * @param {string} text
 * @param {string} [className]
 * @returns {HTMLElement}
 */
export function withText(tag, text, className = '') {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}

/**
 * Runs a panel's code; what it throws, also later, is shown in the panel.
 *
 * @template T
 * @param {string} id of its section
 * @param {() => T} fn
 * @returns {T | undefined}
 */
export function guarded(id, fn) {
  try {
    const result = fn();
    if (result instanceof Promise) result.catch((error) => showError(id, error));
    return result;
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

/**
 * The chosen one of some radio buttons.
 *
 * @param {string} name
 * @returns {string}
 */
export function chosen(name) {
  const input = document.querySelector(`input[name="${name}"]:checked`);
  return input instanceof HTMLInputElement ? input.value : '';
}

/** @param {string} name of radio buttons @param {() => void} fn */
export function onChoice(name, fn) {
  for (const input of document.querySelectorAll(`input[name="${name}"]`)) {
    input.addEventListener('change', fn);
  }
}

/**
 * Tells whether one of some elements is on the screen, now and whenever that changes.
 *
 * @param {readonly string[]} ids
 * @param {(isVisible: boolean) => void} fn
 */
export function watchVisible(ids, fn) {
  /** @type {Set<Element>} */
  const visible = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) visible.add(target);
      else visible.delete(target);
    }
    fn(visible.size > 0);
  });
  for (const id of ids) observer.observe(element(id, HTMLElement));
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
