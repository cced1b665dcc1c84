/** The four published input streams on the host; inside a model the same formulas are nodes of its graph. */
import { tensor } from '../tensor/tensor.ts';
import type { Clip } from './clip.ts';

/** Joint positions, bones, and how either changes from frame to frame. */
export type Stream = 'joint' | 'bone' | 'joint-motion' | 'bone-motion';

/** A clip as one of its streams: positions become bones or motions (2s-AGCN; spec encoders §5.6). */
export function toStream(clip: Clip, kind: Stream): Clip {
  switch (kind) {
    case 'joint':
      return clip;
    case 'bone':
      return bones(clip);
    case 'joint-motion':
      return motion(clip);
    case 'bone-motion':
      return motion(bones(clip));
  }
}

/** `B_v = X_v - X_parent(v)` by the layout's bones; a joint without a bone gets 0. Missing if either end is; else the mean confidence. */
export function bones(clip: Clip): Clip {
  const joints = clip.layout.joints.length;
  const parents = Int32Array.from({ length: joints }, (_, joint) => joint);
  for (const [joint, parent] of clip.layout.bones) parents[joint] = parent;
  return differences(clip, (place) => place - (place % joints) + (parents[place % joints] as number), 1);
}

/** `M_t = X_(t+1) - X_t`; the last frame gets 0. Missing if either frame is; else the mean confidence. */
export function motion(clip: Clip): Clip {
  const [, frames, joints] = clip.positions.shape as [number, number, number];
  return differences(
    clip,
    (place) => (Math.floor(place / joints) % frames === frames - 1 ? place : place + joints),
    -1,
  );
}

/** `sign * (X[place] - X[other(place)])` for every place of `[M, T, V]`. */
function differences(clip: Clip, other: (place: number) => number, sign: 1 | -1): Clip {
  const dimensions = clip.positions.shape[3] as number;
  const { data } = clip.positions;
  const scores = clip.confidence?.data;
  const positions = new Float32Array(data.length);
  const confidence = scores && new Float32Array(scores.length);
  for (let place = 0; place < data.length / dimensions; place++) {
    const partner = other(place);
    if (scores && confidence) {
      const [a, b] = [scores[place] as number, scores[partner] as number];
      if (a === 0 || b === 0) continue;
      confidence[place] = (a + b) / 2;
    }
    for (let c = 0; c < dimensions; c++) {
      const difference = (data[place * dimensions + c] as number) - (data[partner * dimensions + c] as number);
      positions[place * dimensions + c] = sign * difference;
    }
  }
  return {
    ...clip,
    positions: tensor('float32', clip.positions.shape, positions),
    ...(confidence ? { confidence: tensor('float32', clip.positions.shape.slice(0, 3), confidence) } : {}),
  };
}
