import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, tensor } from '../tensor/tensor.ts';
import { fromFloat16, toFloat16 } from './float16.ts';

describe('float16', () => {
  it('gives the bits of IEEE 754', () => {
    const source = float32([0, -0, 1, -2, 65504, 2 ** -24, 1 / 3, Infinity, 2049, 2051]);
    const bits = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555, 0x7c00, 0x6800, 0x6802];
    expect([...toFloat16(source).data]).toEqual(bits);
  });

  it('keeps every half through float32 and back', () => {
    const all = tensor(
      'float16',
      [63488],
      Uint16Array.from({ length: 63488 }, (_, i) => (i < 31744 ? i : i + 1024)),
    );
    expect(toFloat16(fromFloat16(all)).data).toEqual(all.data);
  });

  it('rounds within half a unit in the last place', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const [rounded] = fromFloat16(toFloat16(float32([value]))).data as unknown as [number];
        expect(Math.abs(rounded - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
      }),
    );
  });

  it('reads a view at an offset', () => {
    const view = new Uint16Array(Uint16Array.of(0, 0x3c00, 0x4000).buffer, 2);
    expect([...fromFloat16(tensor('float16', [2], view)).data]).toEqual([1, 2]);
  });

  it('refuses what would overflow, and says where', () => {
    expect(() => toFloat16(float32([1, 70000]))).toThrow('±65504, got 70000 at element 1');
  });
});
