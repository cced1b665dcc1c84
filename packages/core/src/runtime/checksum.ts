/** The sha-256 that proves a model's bytes to be the ones that were meant. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { KinegraphError } from '../tensor/error.ts';

/** The sha-256 of bytes in lowercase hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes));
}

/**
 * Checks the form of a digest that a caller gave.
 *
 * @throws `invalid-argument`
 */
export function checkDigestForm(digest: string | undefined): void {
  if (digest === undefined || /^[0-9a-f]{64}$/i.test(digest)) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where: 'open sha256',
    expected: '64 hexadecimal digits',
    actual: `"${digest}"`,
  });
}

/** Whether a digest is the expected one, or none is expected. */
export function isDigest(digest: string, expected: string | undefined): boolean {
  return expected === undefined || expected.toLowerCase() === digest;
}

/**
 * Checks the digest of what came from `source`.
 *
 * @throws `invalid-data`
 */
export function checkDigest(source: string, digest: string, expected: string | undefined): void {
  if (isDigest(digest, expected)) return;
  throw new KinegraphError({
    code: 'invalid-data',
    where: 'open',
    expected: `${source} to have sha-256 ${expected}`,
    actual: digest,
    hint: 'The file has changed or was damaged on its way; find out which before you use it.',
  });
}
