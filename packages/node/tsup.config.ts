import { bundle } from '../../scripts/bundle.ts';

export default bundle({
  platform: 'node',
  entry: { index: 'src/index.ts', cli: 'src/cli/main.ts', worker: 'src/worker.ts' },
});
