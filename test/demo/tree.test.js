import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('../../demo/node/tree.js', import.meta.url));

describe('demo/node/tree.js', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO], { encoding: 'utf8' });

  it('prints what the example of quelling blade prints', () => {
    expect(stdout).toBe('global scope\nin context\nescape context\n');
  });

  it('warns once, of the object that is still alive and where', () => {
    expect(stderr.match(/PerformanceWarning/g)).toHaveLength(1);
    expect(stderr).toContain('PerformanceWarning: 1 object is still alive at arena exit');
    expect(stderr).toMatch(/tree\.js:\d+:\d+\)/);
  });

  it('finds all its own assertions true', () => {
    expect(status).toBe(0);
  });
});
