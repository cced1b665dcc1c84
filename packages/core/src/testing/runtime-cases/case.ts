/** What the cases of the runtime contract share: their form and their assertions. */
import type { Runtime } from '../../runtime/contract.ts';
import { type ErrorCode, KinegraphError } from '../../tensor/error.ts';
import { formatShape, type Tensor } from '../../tensor/tensor.ts';

/** Makes the runtime under test; called once a case. */
export type CreateRuntime = () => Runtime | Promise<Runtime>;

/** One rule of the contract. */
export interface RuntimeCase {
  readonly name: string;
  /** @throws `runtime` if the rule is broken; whatever the runtime throws */
  run(create: CreateRuntime): Promise<void>;
}

/** A case that gets a fresh runtime and always disposes it. */
export function runtimeCase(name: string, body: (runtime: Runtime) => Promise<void>): RuntimeCase {
  return {
    name,
    async run(create) {
      const runtime = await create();
      try {
        await body(runtime);
      } finally {
        await runtime.dispose();
      }
    },
  };
}

/** Throws unless the two are the same text. */
export function same(what: string, actual: unknown, expected: unknown): void {
  if (`${actual}` !== `${expected}`) throw broken(`${what} to be ${expected}`, `${actual}`);
}

/** Throws unless the tensor has this type, this shape and, within 1e-3 of the largest, these values. */
export function sameTensor(what: string, actual: Tensor | undefined, expected: Tensor): void {
  if (actual === undefined) throw broken(`${what} to come back`, 'nothing');
  same(`${what}: type`, actual.dtype, expected.dtype);
  same(`${what}: shape`, formatShape(actual.shape), formatShape(expected.shape));
  same(`${what}: array`, typeName(actual.data), typeName(expected.data));
  const [values, targets] = [Array.from<number | bigint>(actual.data), Array.from<number | bigint>(expected.data)];
  const scale = Math.max(1, ...targets.map((value) => Math.abs(Number(value))).filter(Number.isFinite));
  const off = targets.findIndex((target, index) => {
    const value = values[index];
    if (typeof target === 'bigint' || typeof value !== 'number') return value !== target;
    return !(Object.is(value, target) || Math.abs(value - target) <= 1e-3 * scale);
  });
  if (off >= 0) throw broken(`${what}[${off}] to be ${targets[off]}`, `${values[off]}`);
}

/** Throws unless `work` rejects with a {@link KinegraphError} of one of the codes. */
export async function refuses(what: string, work: () => Promise<unknown>, ...codes: ErrorCode[]): Promise<void> {
  let outcome: unknown = 'a result';
  try {
    await work();
  } catch (error) {
    if (codes.some((code) => KinegraphError.is(error, code))) return;
    outcome = KinegraphError.is(error) ? `code ${error.code}: ${error.message}` : error;
  }
  throw broken(`${what} to be refused with code ${codes.join(' or ')}`, `${outcome}`);
}

function typeName(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function broken(expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'runtime', where: 'testRuntime', expected, actual });
}
