/**
 * The demo page: starts the panels. Each catches and shows its own errors.
 *
 * @module demo/web
 */
import { capabilities } from '../../js/index.js';
import { guarded, log, setText, showSources } from './lib/page.js';
import { ArenaPanel } from './panels/arena.js';
import { KillPanel } from './panels/kill.js';
import { MemoryMapPanel } from './panels/memory-map.js';
import { SwarmPanel } from './panels/swarm.js';
import { SharedSwarm } from './swarm/shared.js';

const can = capabilities();
setText(
  'environment',
  can.sharedMemory
    ? `This page may share memory${can.waitAsync ? '' : ', without Atomics.waitAsync'}. ${navigator.hardwareConcurrency} cores.`
    : 'This page may not share memory: it lacks the headers Cross-Origin-Opener-Policy: same-origin and ' +
        'Cross-Origin-Embedder-Policy: require-corp. The panels that need workers stay quiet.',
);

// The arena's warning belongs on the page, not only in the console.
const { warn } = console;
console.warn = (...args) => {
  warn.apply(console, args);
  if (String(args[0]).startsWith('PerformanceWarning')) log('arena-log', String(args[0]));
};

const kill = guarded('kill', () => new KillPanel());
guarded('swarm', () => new SwarmPanel(can.sharedMemory));
const arena = guarded('arena', () => new ArenaPanel());
guarded('map', () => {
  const heapNow = () =>
    kill?.swarm instanceof SharedSwarm ? kill.swarm.heap : (arena?.heap ?? null);
  return new MemoryMapPanel(heapNow);
});
await showSources();
document.documentElement.dataset.ready = 'yes';
