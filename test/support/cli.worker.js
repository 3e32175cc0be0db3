/**
 * Runs command lines one after the other in one process, which is faster than a process for each. What they print comes
 * back as a message.
 *
 * @module
 */
import { run } from '../../js/cli/run.js';

process.on('message', async (args) => {
  const printed = { stdout: '', stderr: '' };
  const before = [process.stdout.write, process.stderr.write];
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    process[name].write = /** @type {typeof process.stdout.write} */ (
      (/** @type {string} */ text) => {
        printed[name] += text;
        return true;
      }
    );
  }
  const code = await run(/** @type {string[]} */ (args));
  [process.stdout.write, process.stderr.write] = before;
  process.send?.({ code, ...printed });
});
process.on('disconnect', () => process.exit());
