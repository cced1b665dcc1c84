/** What Node makes of the program of same-program.ts, for other hosts to compare with. */
import { readdir, readFile } from 'node:fs/promises';
import { createGallery, createRuntime, open } from '@kinegraph/node';
import type { TestProject } from 'vitest/node';
import { logitsOf, scoresOf, teach, train } from './same-program.ts';

/** A bundle and its logits under Node. */
interface Reference {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly logits: readonly number[];
}

/** The same for a page, which finds the bytes by itself. */
export type PageReference = Omit<Reference, 'bytes'> & { readonly url: string };

/** A gallery of the tiny bundle as Node saves it, and what it scores there. */
export interface SavedGallery {
  readonly json: string;
  readonly scores: readonly number[];
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly node: {
      readonly losses: readonly number[];
      readonly gallery: SavedGallery;
      readonly tiny: PageReference;
      readonly shipped: readonly PageReference[];
    };
  }
}

/** The losses of 20 steps, the bundle that they make, a gallery of it, and those in models/. */
export async function nodeFigures() {
  await using runtime = createRuntime();
  const referenceOf = async (name: string, bytes: Uint8Array): Promise<Reference> => {
    await using model = await open(bytes, { runtime });
    return { name, bytes, logits: await logitsOf(model) };
  };
  const { losses, bundle } = await train(runtime);
  const shipped: Reference[] = [];
  for (const [name, bytes] of await readModels()) shipped.push(await referenceOf(name, bytes));
  return { losses, gallery: await galleryOf(), tiny: await referenceOf('tiny', bundle), shipped };

  async function galleryOf(): Promise<SavedGallery> {
    await using model = await open(bundle, { runtime });
    const gallery = createGallery(model);
    await teach(gallery);
    return { json: JSON.stringify(gallery), scores: await scoresOf(gallery) };
  }
}

/** Runs once, before the tests in the browser. */
export async function setup(project: TestProject): Promise<void> {
  const { losses, gallery, tiny, shipped } = await nodeFigures();
  const pageReference = ({ name, logits }: Reference, url: string) => ({ name, logits, url });
  const data = `data:application/octet-stream;base64,${Buffer.from(tiny.bytes).toString('base64')}`;
  project.provide('node', {
    losses,
    gallery,
    tiny: pageReference(tiny, data),
    shipped: shipped.map((bundle) => pageReference(bundle, `/models/${bundle.name}`)),
  });
}

async function readModels(): Promise<[name: string, bytes: Uint8Array][]> {
  const folder = new URL('../../../models/', import.meta.url);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.onnx')).toSorted();
  return Promise.all(names.map(async (name) => [name, await readFile(new URL(name, folder))] as const));
}
