/** What relative URLs are relative to. */

/** The page's base, or in a worker that of its script; undefined under Node, where only absolute URLs make sense. */
export function baseUrl(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}
