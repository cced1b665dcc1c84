import { bundle } from '../../scripts/bundle.ts';

export default bundle({ platform: 'browser', entry: { index: 'src/index.ts', worker: 'src/worker.ts' } });
