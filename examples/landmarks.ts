/** Reads landmarks as MediaPipe returns them, and brings them to the joints that a model knows. */
import { readFile } from 'node:fs/promises';
import { clip, defineLayout, dropUncertain, fillMissing, mediapipe33, remap, remapPlan, turnUp } from '@kinegraph/node';

interface Frame {
  readonly timestamp: number; // milliseconds
  readonly worldLandmarks: readonly { x: number; y: number; z: number; visibility: number }[];
}
const frames: Frame[] = JSON.parse(await readFile('examples/recordings/landmarks.json', 'utf8'));

const recorded = clip(
  mediapipe33,
  frames.map(({ worldLandmarks }) => worldLandmarks.map(({ x, y, z }) => [x, y, z])),
  {
    confidence: frames.map(({ worldLandmarks }) => worldLandmarks.map(({ visibility }) => visibility)),
    timestamps: frames.map(({ timestamp }) => timestamp / 1000),
    unit: 'meter',
  },
);
const upright = turnUp(fillMissing(dropUncertain(recorded, 0.5)), '-y', 'y'); // MediaPipe's y points down

const rightArm = defineLayout('acme/right-arm', {
  thorax: null,
  right_shoulder: 'thorax',
  right_elbow: 'right_shoulder',
  right_wrist: 'right_elbow',
});
const arm = remap(upright, rightArm);
console.log(`${arm.positions.shape.join(' x ')}; derived: ${remapPlan(mediapipe33, rightArm).derived.join(', ')}`);
