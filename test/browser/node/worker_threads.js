/**
 * node:worker_threads as far as the tests use it, made of web workers: so a test starts the same worker file in Node
 * and in browsers. What the library sees are web workers.
 *
 * A worker holds a Web Lock from its first instant on. The browser takes it back when the worker has really stopped, and
 * that is when `exit` is told.
 *
 * @module
 */

/** @typedef {(...args: any[]) => void} Listener */

/** What the two sides say to each other besides the messages of the test. */
const FIRST = 'test worker: first message';
const EXIT = 'test worker: exit';
const ERROR = 'test worker: error';

/** `exit` waits for it, so that a test may expect then what a watch does: in browsers it looks every 200 ms. */
const LOOK_MS = 300;

const isWorker = 'WorkerGlobalScope' in globalThis;
/** What the worker was named. */
const { name: ownName } = /** @type {{name: string}} */ (/** @type {unknown} */ (globalThis));
let nextId = 1;

/** @param {string} name */
const lockOf = (name) => `test worker ${name}`;

/** The part of Node's EventEmitter that the tests use. */
class Emitter {
  /** @type {Map<string, {listener: Listener, isOnce: boolean}[]>} */
  #listeners = new Map();

  /** @param {string} event @param {Listener} listener */
  on(event, listener, isOnce = false) {
    const all = this.#listeners.get(event) ?? [];
    this.#listeners.set(event, [...all, { listener, isOnce }]);
    return this;
  }

  /** @param {string} event @param {Listener} listener */
  once(event, listener) {
    return this.on(event, listener, true);
  }

  /** @param {string} event @param {Listener} listener */
  off(event, listener) {
    const all = this.#listeners.get(event) ?? [];
    this.#listeners.set(
      event,
      all.filter((entry) => entry.listener !== listener),
    );
    return this;
  }

  /** @param {string} event @param {unknown[]} args */
  emit(event, ...args) {
    for (const { listener, isOnce } of this.#listeners.get(event) ?? []) {
      if (isOnce) this.off(event, listener);
      listener(...args);
    }
  }

  /** @param {string} event */
  hasListeners(event) {
    return (this.#listeners.get(event) ?? []).length > 0;
  }
}

/** Looks like a Worker of Node to a test, and like a web worker to the library: it has no `threadId`. */
export class Worker extends Emitter {
  #code = 0;
  #isOver = false;
  /** A worker that was ended before it said that it has started runs no code of the test. */
  #start = () => {};
  /** @type {Promise<number>} */
  #exit;

  /** @param {string | URL} url @param {{workerData?: unknown, transferList?: Transferable[]}} options */
  constructor(url, { workerData, transferList = [] } = {}) {
    super();
    const name = `${Date.now()}-${Math.random()}-${nextId++}`;
    /** @readonly */
    this.web = new globalThis.Worker(url, { type: 'module', name });
    /** @type {Promise<void>} */
    const hasStarted = new Promise((resolve) => {
      this.#start = resolve;
      this.web.addEventListener('message', ({ data }) => {
        if (data?.[FIRST] === true) resolve();
        else if (typeof data?.[EXIT] === 'number') this.#code = data[EXIT];
        else if (data?.[ERROR] !== undefined) this.#fail(data[ERROR]);
        else this.emit('message', data);
      });
      this.web.addEventListener('error', (event) => {
        event.preventDefault();
        this.#fail({ message: event.message || `${url} did not load` });
      });
    });
    this.web.postMessage({ [FIRST]: true, workerData }, transferList);
    this.#exit = hasStarted
      .then(() => navigator.locks.request(lockOf(name), () => {}))
      .then(() => new Promise((resolve) => setTimeout(resolve, LOOK_MS)))
      .then(() => {
        this.#isOver = true;
        this.emit('exit', this.#code);
        return this.#code;
      });
    void this.#exit;
  }

  /** @param {unknown} message @param {Transferable[]} [transfer] */
  postMessage(message, transfer = []) {
    this.web.postMessage(message, transfer);
  }

  /** @returns {Promise<number>} when the worker has really stopped */
  terminate() {
    this.#end(1);
    return this.#exit;
  }

  unref() {}

  /** @param {{ message: string, code?: string }} error */
  #fail({ message, code }) {
    if (this.#isOver) return;
    this.emit('error', Object.assign(new Error(message), { code }));
    this.#end(1);
  }

  /** @param {number} code */
  #end(code) {
    if (!this.#isOver) this.#code = code;
    this.web.terminate();
    this.#start();
  }
}

/** What the worker's side has. */
class ParentPort extends Emitter {
  /** @type {unknown[] | null} what came before somebody listened */
  #early = [];

  constructor() {
    super();
    globalThis.addEventListener('message', ({ data }) => {
      if (this.#early !== null) this.#early.push(data);
      else this.emit('message', data);
    });
  }

  /** @override @param {string} event @param {Listener} listener */
  on(event, listener, isOnce = false) {
    super.on(event, listener, isOnce);
    const early = this.#early ?? [];
    this.#early = null;
    queueMicrotask(() => {
      for (const data of early) this.emit('message', data);
    });
    return this;
  }

  /** @param {unknown} message @param {Transferable[]} [transfer] */
  postMessage(message, transfer = []) {
    globalThis.postMessage(message, { transfer });
  }

  close() {
    globalThis.close();
  }
}

/** WebKit tells the page nothing of an error behind a top-level await, and no browser tells its code. */
function tellErrors() {
  const tell = (
    /** @type {{ message?: string, code?: string, stack?: string } | undefined} */ error,
  ) =>
    globalThis.postMessage({
      [ERROR]: { message: `${error?.message}\n${error?.stack}`, code: error?.code },
    });
  addEventListener('unhandledrejection', ({ reason }) => tell(reason));
  addEventListener('error', ({ error }) => tell(error));
}

/**
 * What `workerData` will be. Messages that come before it wait: the worker's own code, which may listen, runs only then.
 *
 * @returns {Promise<unknown>}
 */
async function firstMessage() {
  /** @type {unknown[]} */
  const early = [];
  const first = new Promise((resolve) => {
    const hold = (/** @type {MessageEvent} */ event) => {
      event.stopImmediatePropagation();
      if (event.data?.[FIRST] !== true) early.push(event.data);
      else resolve([event.data.workerData, hold]);
    };
    globalThis.addEventListener('message', hold);
  });
  await new Promise((resolve) => {
    navigator.locks.request(lockOf(ownName), () => {
      resolve(undefined);
      return new Promise(() => {});
    });
  });
  globalThis.postMessage({ [FIRST]: true });
  const [data, hold] = await first;
  setTimeout(() => {
    globalThis.removeEventListener('message', hold);
    for (const data of early) globalThis.dispatchEvent(new MessageEvent('message', { data }));
  });
  return data;
}

if (isWorker) tellErrors();

export const isMainThread = !isWorker;
export const workerData = isWorker ? await firstMessage() : undefined;
export const parentPort = isWorker ? new ParentPort() : null;

/** What `process.exit()` does in a worker. @param {number} [code] @returns {never} */
export function exit(code = 0) {
  globalThis.postMessage({ [EXIT]: code });
  globalThis.close();
  throw new Error('the worker is closing');
}
