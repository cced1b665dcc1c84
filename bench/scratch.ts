import { buildStep, classification, sgd } from '@kinegraph/core/train';
import { ctrgcn } from '@kinegraph/encoders';
import { createRandom, createRuntime, filled, float32, int64, ntu25 } from '@kinegraph/node';
const batch = +process.argv[2]!; const session = JSON.parse(process.argv[3] ?? '{}');
const runtime = createRuntime({ threads: 2, session });
const step = buildStep({ encoder: ctrgcn(), task: classification(Array.from({ length: 60 }, (_, i) => `${i}`)), input: { layout: ntu25, frames: 64, persons: 2 }, batch, optimizer: sgd({ weightDecay: 4e-4 }), random: createRandom(0) });
const t0 = performance.now();
const s = await runtime.load(step.bytes, { carry: step.carry, state: step.state });
console.log('load', Math.round(performance.now() - t0));
const r = createRandom(1); const feeds = { positions: float32(Array.from({ length: batch * 2 * 3 * 64 * 25 }, r.normal), [batch, 2, 3, 64, 25]), 'target.classes': int64(Array.from({ length: batch }, (_, i) => i % 60)), rate: filled([], 0.01) };
for (let i = 0; i < 5; i++) { const c = process.cpuUsage(), a = performance.now(); await s.run(feeds, { fetch: ['loss'] }); const u = process.cpuUsage(c); console.log('wall', (performance.now() - a).toFixed(0), 'cpu', ((u.user + u.system) / 1000).toFixed(0), 'sys', (u.system / 1000).toFixed(0), 'maxrss', Math.round(process.resourceUsage().maxRSS / 1024)); }
process.exit(0);
