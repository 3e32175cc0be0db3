/**
 * Lets the page share memory where the host does not send the headers for it: a service worker adds them
 * (sw.js), from the second load on. So the page is loaded again, once.
 *
 * @module demo/web/lib/isolate
 */

/** Set while the page is loaded again, so that it happens once. */
const MARK = 'qbwasm: loaded again';
/** A service worker that does not begin in this time is not waited for. */
const BEGIN_MS = 10_000;

/**
 * @param {boolean} canShare what was found out
 * @returns {Promise<{ isReloading: boolean, why: string }>} `why` the page cannot share; '' when it can, or will
 */
export async function isolate(canShare) {
  if (canShare) {
    sessionStorage.removeItem(MARK);
    return { isReloading: false, why: '' };
  }
  const why = await serviceWorker().catch((error) => `The service worker was refused: ${error}.`);
  if (why !== '') return { isReloading: false, why };
  sessionStorage.setItem(MARK, 'yes');
  location.reload();
  return { isReloading: true, why: '' };
}

/** @returns {Promise<string>} why it cannot add the headers; '' when it can */
async function serviceWorker() {
  if (!globalThis.isSecureContext) {
    return 'A page that shares memory must come over https, or from this machine.';
  }
  if (!('serviceWorker' in navigator)) {
    return 'The host does not send the headers, and this browser has no service worker to add them (a private window?).';
  }
  if (globalThis.crossOriginIsolated) return 'This browser has no SharedArrayBuffer.';
  if (sessionStorage.getItem(MARK) !== null) {
    sessionStorage.removeItem(MARK); // loading the page by hand tries once more
    return 'The host does not send the headers, and the service worker that adds them did not help.';
  }
  const begun = navigator.serviceWorker
    .register(new URL('../sw.js', import.meta.url))
    .then(() => navigator.serviceWorker.ready);
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error('it did not begin')), BEGIN_MS);
  });
  await Promise.race([begun, late]);
  return '';
}
