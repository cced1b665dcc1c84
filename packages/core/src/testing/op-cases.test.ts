import { readdirSync } from 'node:fs';
import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { withGradient } from '../graph/custom-gradient.ts';
import { multiply, stopGradient } from '../graph/ops/elementwise.ts';
import type { Value } from '../graph/value.ts';
import { float32 } from '../tensor/tensor.ts';
import figures from './fixtures/torch-ops.json' with { type: 'json' };
import { checkGradients } from './gradient-check.ts';
import { opCases, pointOf } from './op-cases.ts';

const runtime = createRuntime();
afterAll(() => runtime.dispose());

/** Names of all functions that the files of `graph/ops` export. */
async function exportedOps(): Promise<string[]> {
  const folder = new URL('../graph/ops/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).pathname) as Promise<object>));
  return modules.flatMap((module) =>
    Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [name] : [])),
  );
}

it('has a case for every op', async () => {
  const ops = await exportedOps();
  const covered = new Set(opCases.map(({ name }) => name.split(' ')[0] as string));
  expect(ops.filter((op) => !covered.has(op))).toEqual([]);
  expect([...covered].filter((name) => !ops.includes(name))).toEqual([]);
});

/** Outputs and gradients by PyTorch 2.13 in float64, of the same cases at the same points with the same factors. */
const torch = figures as Readonly<Record<string, { readonly output: number[]; readonly gradients: number[][] }>>;

describe('gradients equal finite differences, and all numbers those of PyTorch where it has the op', () => {
  it.each(opCases.map((each) => [each.name, each] as const))('%s', async (name, each) => {
    const { inputs, spacing } = pointOf(each);
    const at = Object.fromEntries(inputs.map((value, i) => [`x${i}`, value]));
    const step = Math.min(0.05, spacing / 5);
    const check = await checkGradients((values) => each.apply(...(Object.values(values) as Value[])), {
      runtime,
      at,
      step,
    });
    const expected = torch[name];
    if (!expected) return;
    expectClose(check.output.data, expected.output);
    Object.values(check.gradients).forEach((gradient, i) => {
      expectClose(gradient.data, expected.gradients[i] as number[]);
    });
  });

  it('has PyTorch figures for cases that exist', () => {
    const names = new Set(opCases.map(({ name }) => name));
    expect(Object.keys(torch).filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('checkGradients', () => {
  const at = { x: float32([0.3, -0.7]) };

  it('refuses a wrong gradient, and says where', async () => {
    const crooked = (x: Value) => withGradient(multiply(x, x), [x], (dy) => [multiply(dy, x)]);
    await expect(checkGradients(({ x }) => crooked(x), { runtime, at })).rejects.toThrow(
      /checkGradients: x\[\d\]: expected the gradient .* of finite differences/,
    );
  });

  it('finds a gradient that is missing', async () => {
    const broken = (x: Value) => multiply(stopGradient(x), x);
    await expect(checkGradients(({ x }) => broken(x), { runtime, at })).rejects.toThrow('finite differences');
  });
});

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const errors = expected.map((value, i) => Math.abs(value - (actual[i] as number)) / (1 + Math.abs(value)));
  expect(Math.max(...errors)).toBeLessThan(1e-5);
}
