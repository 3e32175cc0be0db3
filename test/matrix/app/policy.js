/**
 * What a page says once, before it starts workers, if it has to: imported first.
 *
 * @module
 */

/** @typedef {{ createPolicy: (name: string, rules: { createScriptURL: (url: string) => string | null }) => unknown }} TrustedTypes */

const { trustedTypes } = /** @type {{ trustedTypes?: TrustedTypes }} */ (
  /** @type {unknown} */ (globalThis)
);

// Under `require-trusted-types-for 'script'` the page decides which addresses may be workers.
trustedTypes?.createPolicy('default', { createScriptURL: (url) => (isOwn(url) ? url : null) });

// The script of a worker must come from the page's origin. What is elsewhere is imported by one that does. Parcel makes
// such a script itself, but forgets to say that it is a module.
globalThis.Worker = class extends Worker {
  /** @param {string | URL} url @param {WorkerOptions} [options] */
  constructor(url, options) {
    super(isOwn(url) ? url : importing(url), { ...options, type: 'module' });
  }
};

/** @param {string | URL} url */
function isOwn(url) {
  return new URL(url, location.href).origin === location.origin;
}

/** @param {string | URL} url */
function importing(url) {
  const script = new Blob([`import ${JSON.stringify(String(url))};`], { type: 'text/javascript' });
  return URL.createObjectURL(script);
}
