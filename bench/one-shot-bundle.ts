/**
 * Makes `models/one-shot.onnx`: one network trained on all data sets that may ship, and measured on people and sensors that it has never
 * seen, in data sets whose classes it knows in part or not at all.
 */
import { parseArgs } from 'node:util';
import { openModel } from '@kinegraph/core';
import { everyClassOneShot, everyThirdOneShot } from '@kinegraph/crossglg';
import { createRuntime, writeFileAtomic } from '@kinegraph/node';
import { body13, readJoinedData, sources } from './joined-data.ts';
import { rounded } from './measure.ts';
import { nearestNeighbor } from './nearest-neighbor.ts';
import { fitNetwork } from './one-shot-bundle-network.ts';
import { flattened, measure, type Trial, trialsOf } from './one-shot-bundle-trials.ts';

const usage = `node bench/one-shot-bundle.ts [options]

  --validate          train on two thirds of the classes and recognize the others: for choosing settings and the threshold
  --without A,B       leave data sets out of training, and recognize them too
  --bare              classification without texts, for comparison
  --width 32  --epochs 8  --batch 32  --rate 0.1  --seed 1
  --threshold 0.9     the calibrated one, which --validate prints
  --out FILE          write the bundle`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    validate: { type: 'boolean', default: false },
    without: { type: 'string', default: '' },
    bare: { type: 'boolean', default: false },
    width: { type: 'string', default: '32' },
    epochs: { type: 'string', default: '8' },
    batch: { type: 'string', default: '32' },
    rate: { type: 'string', default: '0.1' },
    seed: { type: 'string', default: '1' },
    threshold: { type: 'string' },
    out: { type: 'string' },
  },
});

if (values.help) console.log(usage);
else await makeBundle();

async function makeBundle(): Promise<void> {
  const { validate, bare, out } = values;
  const without = values.without === '' ? [] : values.without.split(',');
  const used = Object.keys(sources).filter((name) => !without.includes(name));
  const samples = await readJoinedData(used);
  const labels = [...new Set(samples.map(({ label }) => label))];
  const { train, baseLabels, novelLabels } = everyThirdOneShot(samples, labels);
  const novel = samples.filter(({ label }) => novelLabels.includes(label));
  const trials: readonly Trial[] = validate
    ? [{ name: 'held classes', protocol: everyClassOneShot(novel, novelLabels) }]
    : (await Promise.all(['hdm05-11', ...without].map(trialsOf))).flat();

  await using runtime = createRuntime({ threads: 1 });
  const [width, epochs, batch] = [Number(values.width), Number(values.epochs), Number(values.batch)];
  const recipe = { bare, width, epochs, batch, rate: Number(values.rate), seed: Number(values.seed) };
  const trainer = validate
    ? await fitNetwork(runtime, train, baseLabels, recipe)
    : await fitNetwork(runtime, samples, labels, recipe);
  await using model = await openModel(await trainer.export({ precision: 'float16' }), { runtime });
  const threshold = values.threshold === undefined ? undefined : Number(values.threshold);
  const metrics: Record<string, number> = {};
  for (const trial of trials) {
    console.log(
      JSON.stringify({ trial: trial.name, nearestNeighbor: nearestNeighbor(trial.protocol, body13).euclidean }),
    );
    for (const seen of [trial, flattened(trial)]) {
      const figures = await measure(model, seen, threshold);
      console.log(JSON.stringify({ trial: seen.name, ...figures }));
      metrics[`${seen.name}: one-shot accuracy`] = rounded(figures.accuracy, 4);
      metrics[`${seen.name}: auroc`] = rounded(figures.auroc, 4);
    }
  }
  if (out === undefined) return;
  const credits = [...new Set(used.map((name) => sources[name]?.credit))].join('; ');
  const bundle = await trainer.export({
    precision: 'float16',
    license:
      'MIT for the weights. They hold no recordings; the recordings were used under their own licenses, named in data.',
    data: credits,
    command: `node bench/one-shot-bundle.ts ${process.argv.slice(2).join(' ')}`,
    metrics,
    ...(threshold !== undefined && { threshold }),
  });
  await writeFileAtomic(out, bundle);
  console.log(JSON.stringify({ out, bytes: bundle.length, clips: samples.length, labels: labels.length }));
}
