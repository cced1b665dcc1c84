/** The process of webgpu.ts whose standard error is the engine's verbose log; it only opens the network. */
import { ctrgcn } from '@kinegraph/encoders';
import { createRuntime } from '@kinegraph/node';
import { buildNetwork, type CtrgcnNetwork } from './network.ts';

const { width, ...network } = JSON.parse(process.argv[2] ?? '{}') as CtrgcnNetwork;
const { bytes, options } = buildNetwork({ encoder: ctrgcn({ width }), ...network });
await using runtime = createRuntime({ providers: ['webgpu'], session: { logSeverityLevel: 0 } });
await runtime.load(bytes, options);
