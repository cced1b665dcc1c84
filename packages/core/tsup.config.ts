import { bundle } from '../../scripts/bundle.ts';

export default bundle({
  platform: 'neutral',
  entry: {
    index: 'src/index.ts',
    graph: 'src/graph.ts',
    train: 'src/train.ts',
    runtime: 'src/runtime.ts',
    testing: 'src/testing.ts',
  },
});
