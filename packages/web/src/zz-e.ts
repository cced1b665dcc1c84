import { nodeFigures } from '../browser/node-figures.ts';
import { difference, logitsOf, train } from '../browser/same-program.ts';
import { createRuntime, open } from './index.ts';
const { losses, tiny, shipped } = await nodeFigures();
for (const b of [tiny, ...shipped]) { await using m = await open(b.bytes); const l = await logitsOf(m); console.log(b.name, b.logits.length, difference(l, b.logits), Math.max(...b.logits.map(Math.abs)), difference(l.map((x, i) => i === 3 ? x + 2e-4 * Math.max(...b.logits.map(Math.abs)) : x), b.logits)); }
await using r = createRuntime(); console.log(difference((await train(r)).losses, losses), losses.at(0), losses.at(-1));
