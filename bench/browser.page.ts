/** The page of browser.ts: one function that times the network in here. */
import { ctrgcn } from '@kinegraph/encoders';
import { createRuntime } from '@kinegraph/web';
import { type CtrgcnNetwork, type NetworkTimes, timeNetwork } from './network.ts';

async function measure({ width, ...network }: CtrgcnNetwork, threads: number, runs: number): Promise<NetworkTimes> {
  await using runtime = createRuntime({ threads });
  return await timeNetwork(runtime, { encoder: ctrgcn({ width }), ...network }, runs);
}

Object.assign(globalThis, { measure });
