/** `npm run bench -- NAME`: measures what users wait for, next to a named rival in the same run. */
import { parseArgs } from 'node:util';
import { benchBrowser } from './browser.ts';
import { benchEncoders, encoderNames } from './encoders.ts';
import { benchGuided } from './guided.ts';
import type { BenchOptions, Measurement } from './measure.ts';
import { oneShotCommand } from './one-shot.ts';
import { benchOverhead } from './overhead.ts';
import { benchWebgpu } from './webgpu.ts';

const benches: Readonly<Record<string, (options: BenchOptions) => AsyncIterable<Measurement>>> = {
  encoders: benchEncoders,
  overhead: benchOverhead,
  guided: benchGuided,
  browser: benchBrowser,
  webgpu: benchWebgpu,
};

const usage = `npm run bench -- NAME [options]

  encoders   inference and training step of each encoder on [B, 3, 64, 25, 2], 60 classes
  overhead   what classify() adds to the bare session's run at batch 1
  guided     what CrossGLG's importance head adds to inference
  browser    CTR-GCN in a headless Chromium with threads, beside Node
  webgpu     CTR-GCN on onnxruntime-node's WebGPU provider, beside its CPU: what runs where, and how fast
  one-shot   the ablation of CrossGLG under one-shot protocols; its own options: npm run bench -- one-shot --help

  --json           one JSON line a measurement
  --model a,b      encoders: only these of ${encoderNames.join(', ')}
  --batch 1,16     batch sizes; browser and webgpu: 1 unless it is given
  --threads 2      threads of the runtime
  --runs 7         timed runs; the median counts
  --mode infer     only inference, or only training (train)
  --python FILE    a Python with PyTorch: also times $KINEGRAPH_SHARED/bench/torch_bench.py and prints ratios
  --onnx FILE      also times another ONNX file with one input [1 or N, 3, 64, 25, 2], for example the official model exported
  --width 64       browser and webgpu: channels of CTR-GCN's first stage
  --frames 64      browser and webgpu: frames of the input`;

if (process.argv[2] === 'one-shot') {
  await oneShotCommand(process.argv.slice(3));
  process.exit();
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    batch: { type: 'string' },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '7' },
    mode: { type: 'string' },
    model: { type: 'string' },
    python: { type: 'string' },
    onnx: { type: 'string', multiple: true, default: [] },
    width: { type: 'string', default: '64' },
    frames: { type: 'string', default: '64' },
  },
});
const [name = ''] = positionals;
const bench = benches[name];
if (!bench || values.help) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}
const models = values.model?.split(',') ?? encoderNames;
const unknown = models.find((model) => !encoderNames.includes(model));
if (unknown !== undefined) {
  console.error(`--model: expected names among ${encoderNames.join(', ')}, got "${unknown}".`);
  process.exit(2);
}
const options: BenchOptions = {
  batches: (values.batch ?? (name === 'encoders' ? '1,16' : '1')).split(',').map(Number),
  threads: Number(values.threads),
  runs: Number(values.runs),
  modes: values.mode ? [values.mode] : ['infer', 'train'],
  models,
  python: values.python,
  onnx: values.onnx,
  width: Number(values.width),
  frames: Number(values.frames),
};
for await (const measurement of bench(options)) {
  if (values.json) console.log(JSON.stringify(measurement));
  else
    console.log(
      Object.entries(measurement)
        .map(([key, value]) => `${key} ${value}`)
        .join('  '),
    );
}
