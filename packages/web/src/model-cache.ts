/** The model cache of the browser: the Cache API, whose entries carry the digest of what was written. */
import { digestOf, type ModelCache } from '@kinegraph/core/runtime';

const cacheName = 'kinegraph-models';
const digestHeader = 'x-kinegraph-sha256';

/** The cache of this origin; undefined where there is none, as on an insecure page. */
export function modelCache(): ModelCache | undefined {
  if (globalThis.caches === undefined) return undefined;
  return {
    async read(url) {
      const response = await openCache().then((cache) => cache?.match(url));
      if (!response) return undefined;
      const bytes = new Uint8Array(await response.arrayBuffer());
      const digest = digestOf(bytes);
      return digest === response.headers.get(digestHeader) ? { bytes, digest } : undefined;
    },
    async write(url, { bytes, digest }) {
      const headers = { 'content-type': 'application/octet-stream', [digestHeader]: digest };
      const cache = await caches.open(cacheName);
      await cache.put(url, new Response(bytes as Uint8Array<ArrayBuffer>, { headers }));
    },
  };
}

/** Removes every downloaded model. */
export async function clearCache(): Promise<void> {
  await globalThis.caches?.delete(cacheName);
}

/** Undefined where the browser refuses storage, as in some private windows. */
async function openCache(): Promise<Cache | undefined> {
  return caches.open(cacheName).catch(() => undefined);
}
