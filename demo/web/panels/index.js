/**
 * The shared index: a dictionary that several workers read in place.
 *
 * @module demo/web/panels/index
 */
import { open } from '../../../js/image/index.js';
import { Heap } from '../../../js/index.js';
import { Senses, Words } from '../dictionary/dictionary.js';
import {
  element,
  formatBytes,
  formatCount,
  guarded,
  setText,
  showError,
  watchVisible,
  withText,
} from '../lib/page.js';

/** @typedef {import('../dictionary/dictionary.worker.js').Answer} Answer */
/** @typedef {import('../dictionary/dictionary.worker.js').Row} Row */
/** @typedef {{ name: string, bytes: number }} Bar */

const MEMORY_BYTES_MAX = 64 * 2 ** 20;
const ROWS_MAX = 24;
/** What is looked up at first: not all words are in the sample. */
const FIRST_QUERIES = Object.freeze({ whole: 'time', sample: 'st' });

export class IndexPanel {
  /** @type {Heap | null} */
  heap = null;
  /** @type {Worker[]} */
  team = [];
  id = 0;
  /** Of the query that was sent last. @type {Answer[]} */
  answers = [];
  imageBytes = 0;
  /** @type {Bar | null} */
  measured = null;

  /** @param {boolean} canShare */
  constructor(canShare) {
    this.query = element('index-query', HTMLInputElement);
    this.workers = element('index-workers', HTMLInputElement);
    this.list = element('index-words', HTMLOListElement);
    this.showWorkers();
    if (!canShare) {
      setText(
        'index-status',
        'The dictionary stands in shared memory, which this page may not use.',
      );
      return;
    }
    this.query.addEventListener('input', () => this.ask());
    this.workers.addEventListener('input', () => this.showWorkers());
    this.workers.addEventListener('change', () => guarded('index', () => this.startTeam()));
    this.list.addEventListener('click', ({ target }) => {
      if (!(target instanceof HTMLButtonElement)) return;
      this.query.value = target.textContent ?? '';
      this.query.focus();
      this.ask();
    });
    element('index-measure', HTMLButtonElement).addEventListener('click', () =>
      guarded('index', () => this.measure()),
    );
    let isOpening = false;
    watchVisible(['index'], (isVisible) => {
      if (!isVisible || isOpening) return;
      isOpening = true;
      guarded('index', () => this.open());
    });
  }

  async open() {
    setText('index-status', 'Fetching the dictionary…');
    const { response, isSample } = await fetchImage();
    const start = performance.now();
    const heap = Heap.create({ maximum: MEMORY_BYTES_MAX, name: 'dictionary' });
    const image = await open(response, { heap, root: 'dictionary' });
    const milliseconds = performance.now() - start;
    this.heap = heap;
    this.imageBytes = image.size;
    const words = formatCount(image.get('words', Words).length);
    const senses = formatCount(image.get('senses', Senses).valueCount);
    setText(
      'index-note',
      `${words} words with ${senses} meanings, unpacked into the shared memory in ${milliseconds.toFixed(0)} ms.` +
        (isSample
          ? ' This is the sample that comes with the package; the repository’s make demo has the whole dictionary.'
          : ''),
    );
    this.startTeam();
    this.query.disabled = false;
    this.query.value = isSample ? FIRST_QUERIES.sample : FIRST_QUERIES.whole;
    this.ask();
  }

  startTeam() {
    const { heap } = this;
    if (heap === null) return;
    for (const worker of this.team) worker.terminate();
    const count = Number(this.workers.value);
    this.team = Array.from({ length: count }, (_, index) => {
      const url = new URL('../dictionary/dictionary.worker.js', import.meta.url);
      const worker = new Worker(url, { type: 'module' });
      heap.watch(worker);
      worker.onmessage = ({ data }) => this.receive(index, data);
      worker.onerror = ({ message }) =>
        showError('index', new Error(`a worker failed: ${message}`));
      worker.postMessage({ heap: heap.descriptor, share: { index, count } });
      return worker;
    });
    this.measured = null;
    element('index-measure', HTMLButtonElement).disabled = false;
    this.showBars();
    this.ask();
  }

  ask() {
    if (this.heap === null) return;
    this.id++;
    this.answers = [];
    const prefix = this.query.value.toLowerCase();
    if (prefix === '') {
      this.list.replaceChildren();
      setText('index-status', 'Type the beginning of a word.');
      return;
    }
    for (const worker of this.team) worker.postMessage({ id: this.id, prefix, limit: ROWS_MAX });
  }

  /** @param {number} index of the worker @param {Answer} answer */
  receive(index, answer) {
    if (answer.id !== this.id) return; // of an earlier query, or of another kind
    this.answers[index] = answer;
    if (Object.keys(this.answers).length < this.team.length) return;
    const { total } = answer;
    const slowest = Math.max(...this.answers.map(({ milliseconds }) => milliseconds));
    const who = this.team.length === 1 ? 'The worker' : `All ${this.team.length} workers`;
    const words = total === 1 ? '1 word begins' : `${formatCount(total)} words begin`;
    setText(
      'index-status',
      `${words} with “${this.query.value}”. ${who} answered within ${slowest.toFixed(2)} ms.`,
    );
    const count = this.team.length;
    const shown = Math.min(total, ROWS_MAX);
    const rows = Array.from({ length: shown }, (_, i) =>
      rowOf(this.answers[i % count].rows[Math.floor(i / count)], i % count),
    );
    this.list.replaceChildren(...rows);
    this.list.scrollTop = 0;
  }

  showWorkers() {
    setText('index-workers-text', this.workers.value);
  }

  showBars() {
    const { imageBytes, measured } = this;
    const count = this.team.length;
    /** @type {Bar[]} */
    const bars = [
      { name: `Shared: one image for ${count} workers (its length)`, bytes: imageBytes },
      {
        name: `Posted: a copy of its bytes for each (its length × ${count})`,
        bytes: imageBytes * count,
      },
    ];
    if (measured !== null) bars.push(measured);
    const most = Math.max(...bars.map(({ bytes }) => bytes));
    element('index-bars', HTMLElement).replaceChildren(
      ...bars.map((bar, i) => barOf(bar, most, i > 0)),
    );
  }

  /** Lets each worker build a Map of its own, asks the browser what that took, and drops them. */
  async measure() {
    const button = element('index-measure', HTMLButtonElement);
    const bytes = memoryMeter();
    if (bytes === null) {
      setText(
        'index-note',
        'This browser does not tell how much memory a page uses: Chromium does.',
      );
      return;
    }
    button.disabled = true;
    try {
      setText(
        'index-note',
        'Asking the browser what the page uses; it answers at its next collection, within a minute…',
      );
      const before = await bytes();
      await this.buildMaps(true);
      setText('index-note', 'Each worker has its Map; asking the browser again…');
      const after = await bytes();
      const name = `Apart: a Map in each of ${this.team.length} workers (measured)`;
      this.measured = { name, bytes: Math.max(0, after - before) };
      setText(
        'index-note',
        `The page used ${formatBytes(before)} before and ${formatBytes(after)} with the Maps, as performance.measureUserAgentSpecificMemory() tells. They are dropped again.`,
      );
      this.showBars();
    } finally {
      await this.buildMaps(false);
      button.disabled = false;
    }
  }

  /** @param {boolean} build or drop them */
  buildMaps(build) {
    return Promise.all(
      this.team.map(
        (worker) =>
          new Promise((resolve) => {
            const listen = (/** @type {MessageEvent} */ { data }) => {
              if (data.built === undefined) return;
              worker.removeEventListener('message', listen);
              resolve(undefined);
            };
            worker.addEventListener('message', listen);
            worker.postMessage({ build });
          }),
      ),
    );
  }
}

/** The whole dictionary, or the sample that the npm package has instead. */
async function fetchImage() {
  for (const name of ['words', 'sample']) {
    const packed = await fetch(new URL(`../data/${name}.qbi.gz`, import.meta.url));
    if (packed.status === 200 && packed.body !== null) {
      const unpacked = packed.body.pipeThrough(new DecompressionStream('gzip'));
      return { response: new Response(unpacked), isSample: name === 'sample' };
    }
  }
  throw new Error('there is no dictionary here; make builds it');
}

/** @returns {(() => Promise<number>) | null} tells the bytes of this page with its workers; null where nothing does */
function memoryMeter() {
  const meter =
    /** @type {{ measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }> }} */ (
      performance
    );
  if (meter.measureUserAgentSpecificMemory === undefined) return null;
  return async () => (await meter.measureUserAgentSpecificMemory?.())?.bytes ?? 0;
}

/** @param {Row} row @param {number} index of the worker that answered */
function rowOf({ word, kind, meaning, synonyms, more }, index) {
  const item = document.createElement('li');
  const head = document.createElement('span');
  const senses = more === 0 ? kind : `${kind}, and ${more} more`;
  head.append(withText('b', word), ' ', withText('i', senses));
  const text = withText('p', meaning);
  if (synonyms.length > 0) {
    text.append(' Also: ');
    for (const synonym of synonyms) {
      const button = withText('button', synonym);
      button.setAttribute('type', 'button');
      text.append(button);
    }
  }
  item.append(head, withText('span', `worker ${index + 1}`, 'who'), text);
  return item;
}

/** @param {Bar} bar @param {number} most @param {boolean} isMore than is needed */
function barOf({ name, bytes }, most, isMore) {
  const item = document.createElement('li');
  if (isMore) item.className = 'most';
  const bar = withText('span', '', 'bar');
  bar.style.setProperty('--part', String(bytes / most));
  bar.dataset.bytes = String(bytes);
  item.append(withText('span', name), withText('b', formatBytes(bytes)), bar);
  return item;
}
