/**
 * Prints the resident memory of this process with so many workers. `packages.js` runs it once for each row.
 *
 *     node --expose-gc demo/node/packages.measure.js image|maps|nothing WORKERS packages.qbi packages.json
 *
 * @module demo/packages.measure
 */
import { startTeam } from './lib/catalogue-team.js';

const [kind, count, image, json] = process.argv.slice(2);
const asked = /** @type {import('./lib/catalogue-team.js').Kind} */ (kind);
const team = await startTeam(asked, Number(count), { image, json });
await team.ask(['libc6', 'bash', 'perl'], 1);
globalThis.gc?.();
process.stdout.write(String(process.memoryUsage().rss));
await team.end();
