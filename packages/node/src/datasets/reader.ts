/** What the readers of all formats of data sets take. */
import type { AbortSignalLike, Layout } from '@kinegraph/core';
import type { NtuBodies } from './ntu-bodies.ts';

/** Options of NTU RGB+D's raw files. */
export interface NtuOptions {
  /** Which bodies are the persons of a clip; `denoised` by default. */
  readonly bodies?: NtuBodies;
  /** Whether to read what belongs to NTU RGB+D 60 only, or all 120 actions; by default what the folder has. */
  readonly edition?: 'ntu60' | 'ntu120';
  /**
   * What stands in for the second person where there is one only: nobody (`zero`), or the first again (`copy`). By default as CTR-GCN's
   * scripts do: `copy` for denoised bodies of `ntu120`, else `zero`.
   */
  readonly singleActor?: 'zero' | 'copy';
}

/** Options of pyskl's pickles. */
export interface PysklOptions {
  /** Names of the classes in order; by default those of NTU RGB+D for its recordings, else `class 0`, `class 1`, ... */
  readonly labels?: readonly string[];
  /** The joints; by default COCO for 17, OpenPose for 18, NTU RGB+D for 25 joints. */
  readonly layout?: Layout;
}

/** What a reader takes beside the path. */
export interface ReaderOptions {
  readonly signal?: AbortSignalLike | undefined;
  /** Called while recordings are read: bytes done and in all, or files for a folder of many. */
  readonly onProgress?: ((progress: { readonly loaded: number; readonly total: number }) => void) | undefined;
  /** Leave out files that are damaged, and list them in {@link Dataset.skipped}, instead of refusing the folder; false by default. */
  readonly skipDamaged?: boolean | undefined;
  readonly ntu?: NtuOptions | undefined;
  readonly pyskl?: PysklOptions | undefined;
}
