import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('../../demo/node/sparse-matrix.js', import.meta.url));

describe('demo/node/sparse-matrix.js', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO], { encoding: 'utf8' });

  it('multiplies the matrices, and frees them all at once', () => {
    expect(stdout.split('\n')).toEqual([
      '2 matrices in 16 blocks',
      'matrix 0 times (1,2,4) = (2,4,8)',
      'matrix 1 times (1,2,4) = (3,0,47)',
      expect.stringMatching(/^disposed of: [1-9]\d+ bytes are free again$/),
      '',
    ]);
  });

  it('finds its own assertions true, ends by itself, and warns of nothing', () => {
    expect([status, stderr]).toEqual([0, '']);
  });
});
