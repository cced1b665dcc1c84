import { expect, it } from 'vitest';
import { createAbort } from './abort.ts';
import { createGate } from './fixtures/gate.ts';
import { createQueue } from './queue.ts';

const where = 'run';

it('starts work in order, each after the one before', async () => {
  const queue = createQueue();
  const log: string[] = [];
  const slow = queue({ where }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    log.push('slow');
  });
  const fast = queue({ where }, () => log.push('fast'));
  await Promise.all([fast, slow]);
  expect(log).toEqual(['slow', 'fast']);
});

it('goes on after work that fails', async () => {
  const queue = createQueue();
  const failing = queue({ where }, () => {
    throw new Error('no');
  });
  expect(await queue({ where }, () => 'yes')).toBe('yes');
  await expect(failing).rejects.toThrow('no');
});

it('rejects at once what is called off while it waits, and never starts it', async () => {
  const queue = createQueue();
  const gate = createGate();
  const first = queue({ where }, () => gate.closed);
  const { signal, abort } = createAbort();
  let started = false;
  const second = queue({ where, signal }, () => {
    started = true;
  });
  abort('reason');
  await expect(second).rejects.toMatchObject({ code: 'aborted', where, cause: 'reason' });
  gate.open();
  await first;
  await queue({ where }, () => undefined);
  expect(started).toBe(false);
});

it('leaves work alone that has started', async () => {
  const queue = createQueue();
  const { signal, abort } = createAbort();
  const gate = createGate();
  const running = queue({ where, signal }, async () => {
    await gate.closed;
    return 'done';
  });
  await Promise.resolve();
  abort();
  gate.open();
  expect(await running).toBe('done');
});
