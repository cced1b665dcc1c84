/** A WebGPU session of onnxruntime-web that is replaced after a run that failed. */
import type { OrtSession } from '@kinegraph/core/runtime';
import type { Tensor } from 'onnxruntime-web';

/**
 * Opens a session, and again before the run after one that failed.
 *
 * onnxruntime-web 1.30 leaves a session locked, and its old inputs bound, when a WebGPU run fails: the next run never
 * returns. Tensors on the device outlive their session as long as any session is open, so the new one is opened before
 * the old one is released.
 */
export async function renewableSession(open: () => Promise<OrtSession<Tensor>>): Promise<OrtSession<Tensor>> {
  let session = await open();
  let broken = false;
  const { inputMetadata, outputMetadata } = session;
  return {
    inputMetadata,
    outputMetadata,
    async run(feeds, fetch) {
      if (broken) {
        const old = session;
        session = await open();
        broken = false;
        await old.release();
      }
      try {
        return await session.run(feeds, fetch);
      } catch (error) {
        broken = true;
        throw error;
      }
    },
    release: () => session.release(),
  };
}
