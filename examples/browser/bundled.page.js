/** A page for bundlers: a function that recognizes a recording. bundlers.test.ts bundles and calls it. */
import { classify, clip, ntu25, open } from '@kinegraph/web';

/**
 * What the recording shows, and what ran.
 *
 * @param {import('@kinegraph/web').OpenOptions} options
 */
async function recognize(options) {
  const response = await fetch('/recording.json');
  const { positions, fps, unit } = await response.json();
  const model = await open('/model.onnx', options);
  try {
    const [best] = await classify(model, clip(ntu25, positions, { fps, unit }));
    return { label: best?.label, ...model.session.report };
  } finally {
    await model.dispose();
  }
}

Object.assign(globalThis, { recognize });
