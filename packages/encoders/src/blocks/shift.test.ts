/** The shifts of Shift-GCN against plain loops, and their gradients against those and finite differences. */
import { createRandom, elementCount, float32, type Tensor } from '@kinegraph/core';
import {
  gradients,
  input,
  multiply,
  reduceSum,
  reshape,
  symbolicBatch,
  toOnnx,
  transpose,
  type Value,
} from '@kinegraph/core/graph';
import { checkGradients } from '@kinegraph/core/testing';
import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { learnedShift, type ShiftGradient, shiftJoints } from './shift.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const draw = (shape: readonly number[], seed: number) => {
  const random = createRandom(seed);
  return float32(
    Array.from({ length: elementCount(shape) }, () => random.normal()),
    shape,
  );
};

async function run(
  make: (inputs: Record<string, Value>) => Record<string, Value>,
  at: Readonly<Record<string, Tensor>>,
  batch?: number,
) {
  const inputs = Object.fromEntries(
    Object.entries(at).map(([name, { shape }]) => [
      name,
      input(
        name,
        shape.map((n) => (n === batch ? symbolicBatch : n)),
      ),
    ]),
  );
  await using session = await runtime.load(toOnnx({ outputs: make(inputs) }));
  return session.run({ ...at });
}

describe('shiftJoints', () => {
  const [n, c, v, t] = [2, 7, 5, 3] as const;
  const x = draw([n, c, v, t], 1);

  it('reads channel c of joint v from joint v + c around the skeleton, and goes back', async () => {
    const { there, back } = await run(
      ({ x: value }) => {
        const moved = reshape(shiftJoints(value as Value, 1, 'channel-joint'), [n, c, v, t]);
        return { there: moved, back: reshape(shiftJoints(moved, -1, 'joint-channel'), [n, v, c, t]) };
      },
      { x },
    );
    for (let at = 0; at < x.data.length; at++) {
      const [frame, joint] = [at % t, Math.floor(at / t) % v];
      const [channel, sample] = [Math.floor(at / (t * v)) % c, Math.floor(at / (t * v * c))];
      const place = (j: number) => ((sample * c + channel) * v + j) * t + frame;
      expect(there?.data[at]).toBe(x.data[place((joint + channel) % v)]);
      expect(back?.data[((sample * v + joint) * c + channel) * t + frame]).toBe(x.data[at]);
    }
  });

  it.each([
    [1, 'channel-joint'],
    [-1, 'joint-channel'],
    [-1, 'channel-joint'],
  ] as const)('has the gradient of finite differences: %i, %s', async (direction, order) => {
    await checkGradients(({ x: value }) => shiftJoints(value, direction, order), { runtime, at: { x } });
  });
});

/** The authors' operator as its description has it: bilinear interpolation at (v + xpos, stride t + ypos), zeros beyond the ends. */
function reference(x: Tensor, xpos: Tensor, ypos: Tensor, stride: 1 | 2, dy?: Tensor) {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const count = Math.ceil(t / stride);
  const y = new Float64Array(n * c * v * count);
  const [dx, dxpos, dypos] = [new Float64Array(x.data.length), new Float64Array(c), new Float64Array(c)];
  for (let at = 0; at < y.length; at++) {
    const [frame, joint] = [at % count, Math.floor(at / count) % v];
    const plane = Math.floor(at / (count * v));
    const channel = plane % c;
    const along = xpos.data[channel] as number;
    const late = (ypos.data[channel] as number) + (stride === 2 ? 0.5 : 0);
    const [a, b] = [along - Math.floor(along), late - Math.floor(late)];
    for (const [i, j, weight, byX, byY] of [
      [0, 0, (1 - a) * (1 - b), -(1 - b), -(1 - a)],
      [1, 0, a * (1 - b), 1 - b, -a],
      [0, 1, (1 - a) * b, -b, 1 - a],
      [1, 1, a * b, b, a],
    ] as const) {
      const [source, when] = [joint + Math.floor(along) + i, stride * frame + Math.floor(late) + j];
      if (source < 0 || source >= v || when < 0 || when >= t) continue;
      const from = (plane * v + source) * t + when;
      y[at] = (y[at] as number) + weight * (x.data[from] as number);
      const slope = (dy?.data[at] as number) ?? 0;
      dx[from] = (dx[from] as number) + slope * weight;
      dxpos[channel] = (dxpos[channel] as number) + slope * byX * (x.data[from] as number);
      dypos[channel] = (dypos[channel] as number) + slope * byY * (x.data[from] as number);
    }
  }
  return { y, dx, xpos: dxpos, ypos: dypos };
}

describe('learnedShift', () => {
  // Shifts between frames, onto frames, of several frames, and beyond the ends.
  const xpos = float32([0, 1e-8, -1e-8, 0.3, -0.6, 1.4, -2.2, 9]);
  const ypos = float32([0.25, -0.25, 0, 1, -1.7, 3.2, -12, 0.9]);

  it.each([
    [1, 6],
    [2, 6],
    [2, 7],
    [1, 1],
    [2, 1],
  ] as const)('is the bilinear interpolation, with its gradients: stride %i, %i frames', async (stride, frames) => {
    const x = draw([2, 8, 4, frames], frames);
    const dy = draw([2, 8, 4, Math.ceil(frames / stride)], 7);
    const found = await run(
      ({ x: value, xpos: a, ypos: b, dy: slope }) => {
        const [vx, va, vb] = [value, a, b] as [Value, Value, Value];
        const y = learnedShift(vx, { xpos: va, ypos: vb }, stride, 'exact');
        const loss = reduceSum(multiply(y, slope as Value), { keep: false });
        const [dx, dxpos, dypos] = gradients(loss, [vx, va, vb]) as [Value, Value, Value];
        return { y, dx, dxpos, dypos };
      },
      { x, xpos, ypos, dy },
    );
    const expected = reference(x, xpos, ypos, stride, dy);
    expectClose(found.y, expected.y);
    expectClose(found.dx, expected.dx);
    expectClose(found.dypos, expected.ypos);
    expectClose(found.dxpos, expected.xpos);
  });

  it.each([1, 2] as const)('has the gradient of finite differences, stride %i', async (stride) => {
    // No shift so near a frame or joint that the differences would reach over it.
    const at = {
      x: draw([2, 4, 3, 6], 3),
      xpos: float32([0.2, -0.3, 1.4, -1.7]),
      ypos: float32([0.3, -0.2, 1.8, -2.6]),
    };
    await checkGradients(({ x, ...shifts }) => learnedShift(x, shifts, stride, 'exact'), { runtime, at });
  });

  it('leaves features alone at the published start of xpos', async () => {
    const x = draw([2, 2, 5, 4], 1);
    const still = { xpos: float32([1e-8, -1e-8]), ypos: float32([0, 0]) };
    const { y } = await run(
      ({ x: value, xpos: a, ypos: b }) => ({
        y: learnedShift(value as Value, { xpos: a as Value, ypos: b as Value }, 1, 'exact'),
      }),
      { x, ...still },
    );
    expectClose(y, x.data, 1e-7);
  });

  it('takes the sign of the gradient as published, and does not train xpos', async () => {
    const at = { x: draw([2, 3, 4, 6], 5), xpos: float32([0.1, 0.2, 0.3]), ypos: float32([0.3, -0.2, 20]) };
    const slopes = async (kind: ShiftGradient) =>
      run(({ x, xpos: a, ypos: b }) => {
        const y = learnedShift(x as Value, { xpos: a as Value, ypos: b as Value }, 1, kind);
        const [dxpos, dypos] = gradients(reduceSum(multiply(y, y), { keep: false }), [a as Value, b as Value]);
        return { dxpos: dxpos as Value, dypos: dypos as Value };
      }, at);
    const [exact, signs] = [await slopes('exact'), await slopes('sign')];
    expect([...(signs.dxpos?.data ?? [])]).toEqual([0, 0, 0]);
    const expected = Array.from(exact.dypos?.data as Float32Array, (slope) => 0.01 * Math.sign(slope));
    expectClose(signs.dypos, expected, 1e-8);
    expect(expected.slice(0, 2)).not.toContain(0);
  });

  it('runs for any batch', async () => {
    const x = draw([11, 8, 4, 6], 2);
    const { y } = await run(
      ({ x: value, xpos: a, ypos: b }) => ({
        y: transpose(learnedShift(value as Value, { xpos: a as Value, ypos: b as Value }, 2, 'exact'), [0, 1, 2, 3]),
      }),
      { x, xpos, ypos },
      11,
    );
    expectClose(y, reference(x, xpos, ypos, 2).y);
  });
});

function expectClose(actual: Tensor | undefined, expected: ArrayLike<number>, tolerance = 1e-4): void {
  expect(actual?.data.length).toBe(expected.length);
  const error = Array.from(expected, (value, i) => Math.abs(value - (actual?.data[i] as number)));
  expect(Math.max(...error)).toBeLessThan(tolerance);
}
