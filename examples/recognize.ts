/** Says what a recording shows: a squat of somebody whom the model has never seen. */
import { classify, open, readClipFile } from '@kinegraph/node';

await using model = await open('models/ui-prmd-10.onnx');
const recording = await readClipFile('examples/recordings/kick.json');

for (const { label, score } of await classify(model, recording, { top: 3 })) {
  console.log(`${(100 * score).toFixed(1).padStart(5)} %  ${label}`);
}
