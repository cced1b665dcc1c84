/** `kinegraph inspect`: what a bundle says about itself, and what its graph is made of. */
import { type Bundle, readBundle } from '@kinegraph/core';
import { readInput } from './load.ts';
import { memberCells } from './members.ts';
import { table } from './table.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** Runs the command. */
export async function inspect(file: string, args: CommonOptions, terminal: Terminal): Promise<void> {
  const bytes = await readInput(file);
  const bundle = readBundle(bytes);
  const { manifest } = bundle;
  const facts = { file, bytes: bytes.length, ...contents(bundle) };
  if (args.json) {
    terminal.print(JSON.stringify({ ...facts, manifest }));
    return;
  }
  const { encoder, streams = [], members = [], input, labels, metrics = {} } = manifest;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['file', `${file}, ${(bytes.length / 1e6).toFixed(2)} MB`],
    ['task', manifest.task],
    [
      'encoder',
      [encoder.id, ...Object.entries(encoder.options).map(([key, value]) => `${key}=${JSON.stringify(value)}`)].join(
        ' ',
      ),
    ],
    ...table(members.map(memberCells)).map((line) => ['member', line] as const),
    ['streams', streams.join(', ')],
    ['layout', `${input.layout.id}, ${input.layout.joints.length} joints`],
    ['frames', `${input.frames}, ${input.sampling}${input.fps === undefined ? '' : `, ${input.fps} fps`}`],
    ['persons', String(input.persons)],
    ['normalize', (input.normalize ?? []).join(', ')],
    ...facts.inputs.map(({ name, shape }) => ['input', `${name} [${shape.join(', ')}]`] as const),
    ...facts.outputs.map(({ name, shape }) => ['output', `${name} [${shape.join(', ')}]`] as const),
    ['labels', labels.map((label, index) => `${index} ${label}`).join(', ')],
    ['weights', `${facts.parameters} numbers, sha-256 ${manifest.weights.sha256.slice(0, 16)}…`],
    [
      'metrics',
      Object.entries(metrics)
        .map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`)
        .join(', '),
    ],
    ['data', manifest.data],
    ['license', manifest.license],
    ['command', manifest.command],
    ['opset', String(facts.opset)],
    [
      'operators',
      Object.entries(facts.operators)
        .map(([type, count]) => `${count} ${type}`)
        .join(', '),
    ],
  ];
  const shown = rows.filter(([, value]) => value !== undefined && value !== '') as [string, string][];
  for (const line of table(shown)) terminal.print(line);
}

/** What is in the graph. */
function contents({ model }: Bundle) {
  const { graph, opsetImport } = model;
  const counts = new Map<string, number>();
  for (const { opType } of graph.node) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  const shapeOf = (value: (typeof graph.input)[number]) => {
    const type = value.type?.value;
    const dims = type?.case === 'tensorType' ? (type.value.shape?.dim ?? []) : [];
    return {
      name: value.name,
      shape: dims.map(({ value: size }) => (size.case === 'dimValue' ? Number(size.value) : (size.value ?? '?'))),
    };
  };
  return {
    inputs: graph.input.map(shapeOf),
    outputs: graph.output.map(shapeOf),
    parameters: graph.initializer.reduce(
      (sum, { dims }) => sum + dims.reduce((product, size) => product * Number(size), 1),
      0,
    ),
    opset: Number(opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0),
    operators: Object.fromEntries([...counts].sort(([, a], [, b]) => b - a)),
  };
}
