import { bundle } from '../../scripts/bundle.ts';

export default bundle({
  platform: 'neutral',
  entry: { index: 'src/index.ts', descriptions: 'src/descriptions.ts', embeddings: 'src/embeddings.ts' },
});
