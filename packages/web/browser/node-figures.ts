/** What Node makes of the program of same-program.ts, for the browser to compare with: runs once, before the tests of the browser. */
import { readdir, readFile } from 'node:fs/promises';
import { createRuntime, open } from '@kinegraph/node';
import type { TestProject } from 'vitest/node';
import { logitsOf, train } from './same-program.ts';

/** A bundle and its logits on the CPU under Node. */
export interface ReferenceBundle {
  readonly name: string;
  /** Where a page finds it. */
  readonly url: string;
  readonly logits: readonly number[];
}

declare module 'vitest' {
  interface ProvidedContext {
    /** What {@link setup} found. */
    readonly node: {
      readonly losses: readonly number[];
      /** Trained by these steps. */
      readonly tiny: ReferenceBundle;
      /** Those in models/. */
      readonly shipped: readonly ReferenceBundle[];
    };
  }
}

const models = new URL('../../../models/', import.meta.url);

/** Runs before the first test of the project. */
export async function setup(project: TestProject): Promise<void> {
  await using runtime = createRuntime();
  const logits = async (source: URL | Uint8Array) => {
    await using model = await open(source, { runtime });
    return logitsOf(model);
  };
  const { losses, bundle } = await train(runtime);
  const url = `data:application/octet-stream;base64,${Buffer.from(bundle).toString('base64')}`;
  const tiny = { name: 'tiny', url, logits: await logits(bundle) };
  const shipped: ReferenceBundle[] = [];
  for (const name of await bundleNames()) {
    shipped.push({ name, url: `/models/${name}`, logits: await logits(new URL(name, models)) });
  }
  project.provide('node', { losses, tiny, shipped });
}

async function bundleNames(): Promise<string[]> {
  const names = await readdir(models).catch(() => []);
  return names.filter((name) => name.endsWith('.onnx')).toSorted();
}
