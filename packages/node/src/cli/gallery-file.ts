/** Galleries as files: what `kinegraph enroll` writes and `kinegraph match` reads. */
import { createGallery, type Gallery, KinegraphError, loadGallery, type Model } from '@kinegraph/core';
import { readJsonFile } from '../datasets/json-record.ts';
import { writeFileAtomic } from '../write-file-atomic.ts';

/** The largest file that is read: some 200,000 examples. */
const maxBytes = 2 ** 28;

/**
 * Reads a gallery.
 *
 * @throws `not-found`; `invalid-data` that names the file if it is no gallery, or one of another model.
 */
async function readGallery(path: string, model: Model): Promise<Gallery> {
  const file = await readJsonFile(path, maxBytes);
  try {
    return loadGallery(model, Object.fromEntries(file.keys.map((key) => [key, file.get(key)])));
  } catch (error) {
    if (!KinegraphError.is(error, 'invalid-data')) throw error;
    throw new KinegraphError({ ...partsOf(error), where: path, cause: error });
  }
}

/** Reads a gallery, or begins one where there is no file yet. */
export async function readOrBegin(path: string, model: Model): Promise<Gallery> {
  try {
    return await readGallery(path, model);
  } catch (error) {
    if (KinegraphError.is(error, 'not-found')) return createGallery(model);
    throw error;
  }
}

/** Reads a gallery that has examples; errors tell how to make one. */
export async function readFilled(path: string, model: Model): Promise<Gallery> {
  const hint = `kinegraph enroll MODEL FILE --gallery ${path} --name NAME puts an example into it.`;
  let gallery: Gallery;
  try {
    gallery = await readGallery(path, model);
  } catch (error) {
    if (!KinegraphError.is(error, 'not-found')) throw error;
    throw new KinegraphError({ ...partsOf(error), hint, cause: error });
  }
  if (gallery.labels.length > 0) return gallery;
  throw new KinegraphError({
    code: 'invalid-data',
    where: path,
    expected: 'a gallery with examples',
    actual: 'none',
    hint,
  });
}

/** Replaces the file. */
export async function writeGallery(path: string, gallery: Gallery): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(gallery)}\n`);
}

/** The labels of a gallery and how many examples each has. */
export function contentsOf(gallery: Gallery): readonly { readonly label: string; readonly examples: number }[] {
  return gallery.labels.map((label) => ({ label, examples: gallery.count(label) }));
}

function partsOf({ code, where, expected, actual, hint }: KinegraphError) {
  return { code, where, expected, actual, ...(hint === undefined ? {} : { hint }) };
}
