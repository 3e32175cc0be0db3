/**
 * The particles demo, small.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const DEMO = fileURLToPath(new URL('../../demo/node/particles.js', import.meta.url));

describe('demo/node/particles.js', () => {
  it('has the same particles in both ways, and those of a dead worker back', async () => {
    const args = ['--particles', '3001', '--workers', '2', '--seconds', '0.2', '--json'];
    const { stdout, stderr } = await run(process.execPath, [DEMO, ...args]);
    const report = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect(report).toMatchObject({
      isSame: true,
      lost: { particles: 1500, of: 1500, taken: 1500 },
    });
    expect(report.shared.frames).toBeGreaterThanOrEqual(10);
    expect(report.postMessage.frames).toBeGreaterThanOrEqual(5);
  });

  it('prints a table', async () => {
    const args = ['--particles', '500', '--workers', '3', '--seconds', '0.1'];
    const { stdout } = await run(process.execPath, [DEMO, ...args]);
    expect(stdout).toContain('the particles are the same in both');
    expect(stdout).toContain('166 of its 166 particles');
  });

  it.each([[['--particles', '0']], [['--workers', 'x']], [['--seconds', '-1']], [['--nonsense']]])(
    'refuses %j',
    async (args) => {
      await expect(run(process.execPath, [DEMO, ...args])).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Usage:'),
      });
    },
  );
});
