/**
 * The service worker for hosts that do not send the headers by which a page may share memory: it adds them to what
 * the page loads. It keeps nothing. lib/isolate.js starts it.
 */
/** @typedef {Event & { waitUntil: (promise: Promise<unknown>) => void }} ExtendableEvent */
/** @typedef {ExtendableEvent & { request: Request, respondWith: (response: Promise<Response>) => void }} FetchEvent */

const HEADERS = Object.freeze({
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
});
const worker =
  /** @type {{ skipWaiting: () => Promise<void>, clients: { claim: () => Promise<void> } }} */ (
    /** @type {unknown} */ (globalThis)
  );

addEventListener('install', () => {
  worker.skipWaiting();
});
addEventListener('activate', (event) => {
  /** @type {ExtendableEvent} */ (event).waitUntil(worker.clients.claim());
});
addEventListener('fetch', (event) => {
  const { request, respondWith } = /** @type {FetchEvent} */ (event);
  if (new URL(request.url).origin !== location.origin) return;
  respondWith.call(event, withHeaders(request));
});

/** @param {Request} request */
async function withHeaders(request) {
  const response = await fetch(request);
  if (response.status === 0) return response; // a redirect that the browser follows itself
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
