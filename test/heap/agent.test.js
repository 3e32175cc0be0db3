import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeLocks } from '../support/locks.js';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The module as an agent sees it that has these globals. @param {Record<string, unknown>} globals */
async function inAgent(globals) {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  vi.resetModules();
  return import('../../js/heap/agent.js');
}

/** @param {FakeLocks} [locks] */
const webWorker = (locks = new FakeLocks()) =>
  inAgent({ process: undefined, WorkerGlobalScope: class {}, navigator: { locks } });

describe('the identity of an agent', () => {
  it('is the threadId in Node', async () => {
    const { agentIdentity } = await inAgent({});
    expect(agentIdentity()).toEqual({ kind: 'node', id: 0 });
  });

  it('is a number of its own in a web worker, of 28 bits', async () => {
    const first = (await webWorker()).agentIdentity();
    const second = (await webWorker()).agentIdentity();
    for (const { kind, id } of [first, second]) {
      expect(kind).toBe('web');
      expect(id >>> 28).toBe(0);
    }
    expect(first.id).not.toBe(second.id);
  });

  it('is not known elsewhere', async () => {
    const { agentIdentity } = await inAgent({ process: undefined, navigator: undefined });
    expect(agentIdentity()).toEqual({ kind: 'none', id: 0 });
  });
});

describe('the lock of an agent', () => {
  it('is asked for once, and waited for', async () => {
    const locks = new FakeLocks();
    const { agentIdentity, holdAgentLock, lockName } = await webWorker(locks);
    await Promise.all([holdAgentLock(), holdAgentLock()]);
    const { held } = await locks.query();
    expect(held).toEqual([{ name: lockName(agentIdentity().id) }]);
    expect(agentIdentity().kind).toBe('web-locked');
    await holdAgentLock();
  });

  it('is nothing to wait for in Node', async () => {
    const { holdAgentLock } = await inAgent({});
    await holdAgentLock();
  });

  it('is not waited for where the browser refuses it', async () => {
    const locks = new FakeLocks();
    locks.request = () => Promise.reject(new DOMException('no storage', 'SecurityError'));
    const { agentIdentity, holdAgentLock } = await webWorker(locks);
    await holdAgentLock();
    expect(agentIdentity().kind).toBe('web');
  });
});
