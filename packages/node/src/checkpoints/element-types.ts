/** The element types that checkpoints store, and how their elements become numbers. */

/** An element type: bytes of one element, and how it is read. Everything is little endian. */
export interface ElementType {
  /** As PyTorch names it. */
  readonly name: string;
  readonly bytes: number;
  read(view: DataView, offset: number): number;
}

/** By PyTorch's name of the type. */
export const elementTypes = {
  float16: { name: 'float16', bytes: 2, read: (view, offset) => half(view.getUint16(offset, true)) },
  bfloat16: { name: 'bfloat16', bytes: 2, read: (view, offset) => brainFloat(view.getUint16(offset, true)) },
  float32: { name: 'float32', bytes: 4, read: (view, offset) => view.getFloat32(offset, true) },
  float64: { name: 'float64', bytes: 8, read: (view, offset) => view.getFloat64(offset, true) },
  int8: { name: 'int8', bytes: 1, read: (view, offset) => view.getInt8(offset) },
  int16: { name: 'int16', bytes: 2, read: (view, offset) => view.getInt16(offset, true) },
  int32: { name: 'int32', bytes: 4, read: (view, offset) => view.getInt32(offset, true) },
  int64: { name: 'int64', bytes: 8, read: (view, offset) => Number(view.getBigInt64(offset, true)) },
  uint8: { name: 'uint8', bytes: 1, read: (view, offset) => view.getUint8(offset) },
  bool: { name: 'bool', bytes: 1, read: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1) },
} as const satisfies Readonly<Record<string, ElementType>>;

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function brainFloat(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}
