/** What the rules of the runtime contract share: their form and their assertions. */
import type { Runtime } from '../../runtime/contract.ts';
import { type ErrorCode, KinegraphError } from '../../tensor/error.ts';
import { formatShape, type Tensor } from '../../tensor/tensor.ts';
import type { Rule } from '../rules.ts';

/** Makes the runtime under test; called once a rule. */
export type CreateRuntime = () => Runtime | Promise<Runtime>;

/** A rule of the runtime contract. */
export type RuntimeRule = Rule<CreateRuntime>;

/** A rule that gets a fresh runtime, and always disposes it. */
export function runtimeRule(name: string, check: (runtime: Runtime) => Promise<void>): RuntimeRule {
  return {
    name,
    async check(create) {
      const runtime = await create();
      try {
        await check(runtime);
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

/**
 * Waits for all, whatever becomes of them, and gives each outcome back to be asked for: a rule that breaks early leaves
 * nothing behind.
 */
export async function outcomesOf<T>(promises: readonly Promise<T>[]): Promise<(() => Promise<T>)[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => async () => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
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
