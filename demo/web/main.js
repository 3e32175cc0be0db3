/**
 * The demo page: starts the panels. Each catches and shows its own errors.
 *
 * @module demo/web
 */
import { capabilities } from '../../js/index.js';
import { isolate } from './lib/isolate.js';
import { element, guarded } from './lib/page.js';
import { showSources } from './lib/source.js';
import { ArenaPanel } from './panels/arena.js';
import { IndexPanel } from './panels/index.js';
import { KillPanel } from './panels/kill.js';
import { MemoryMapPanel } from './panels/memory-map.js';
import { SwarmPanel } from './panels/swarm.js';

const { sharedMemory: canShare } = capabilities();
const { isReloading, why } = await isolate(canShare);
if (!isReloading) start();

function start() {
  const environment = element('environment', HTMLElement);
  environment.dataset.state = canShare ? 'yes' : 'no';
  environment.textContent = canShare
    ? `This page may share memory between its threads. Your machine says it runs ${navigator.hardwareConcurrency} at once.`
    : `This page may not share memory, so the panels that need it stay quiet. ${why} The headers are Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.`;

  const swarm = guarded('swarm', () => new SwarmPanel(canShare));
  guarded('kill', () => new KillPanel(() => swarm ?? null));
  const arena = guarded('arena', () => new ArenaPanel());
  const index = guarded('index', () => new IndexPanel(canShare));
  guarded('map', () => {
    const heaps = {
      swarm: () => swarm?.shared?.heap ?? null,
      arena: () => arena?.heap ?? null,
      index: () => index?.heap ?? null,
    };
    return new MemoryMapPanel(heaps, arena);
  });
  guarded('swarm', showSources);
  followPanels();
  document.documentElement.dataset.ready = 'yes';
}

/** Marks the panel that is being looked at in the navigation. */
function followPanels() {
  const links = [...document.querySelectorAll('nav ol a')];
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const link = links.find((one) => one.getAttribute('href') === `#${target.id}`);
        if (isIntersecting) link?.setAttribute('aria-current', 'true');
        else link?.removeAttribute('aria-current');
      }
    },
    { rootMargin: '-40% 0px -55% 0px' },
  );
  for (const panel of document.querySelectorAll('main > section')) observer.observe(panel);
}
