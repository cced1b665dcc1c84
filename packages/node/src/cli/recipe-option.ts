/** `--recipe`: published settings in the place of defaults. */
import { type Command, CommanderError, InvalidArgumentError } from 'commander';
import type { RecipeName } from '../recipes/published.ts';
import { recipes } from '../recipes/published.ts';
import type { Recipe, TrainingSettings } from '../recipes/recipe.ts';
import { encoders } from './encoders.ts';
import { table } from './table.ts';
import type { TrainArguments } from './training-options.ts';

/** One line of help for each recipe. */
export const recipeHelp: readonly string[] = table(
  Object.entries(recipes).map(([name, { data, source }]) => [name, data, source]),
);

/** Settings that make sense for the recipe's own encoder, or its own optimizer, only. */
const ofEncoder: readonly (keyof TrainingSettings)[] = ['encoderOptions', 'freeze', 'decays', 'bottleneck'];
const ofOptimizer: readonly (keyof TrainingSettings)[] = ['decays', 'weightDecay'];

/** Reads the name of a recipe; `list` shows all and ends the command. */
export function readRecipe(command: Command): (text: string) => RecipeName {
  return (text) => {
    if (text === 'list') {
      for (const line of recipeHelp) command.configureOutput().writeOut?.(line);
      throw new CommanderError(0, 'kinegraph.recipes', 'recipes');
    }
    if (!Object.hasOwn(recipes, text))
      throw new InvalidArgumentError(`Choose among ${Object.keys(recipes).join(', ')}.`);
    return text as RecipeName;
  };
}

/** Sets what was not typed as the recipe has it, or the encoder, and shortens a warm-up that was not typed to the training. */
export function applyRecipe(command: Command): void {
  const isTyped = (key: string) => command.getOptionValueSource(key) === 'cli';
  const set = (key: keyof TrainArguments, value: unknown) => {
    if (!isTyped(key)) command.setOptionValueWithSource(key, value, 'config');
  };
  const { recipe, encoder, optimizer } = command.opts<TrainArguments>();
  // The published size is the encoder's own default; the command's own is one for encoders with stages.
  if (recipe !== undefined || !hasStages(encoder)) {
    set('width', undefined);
    set('stages', undefined);
  }
  if (recipe !== undefined) {
    const { settings } = recipes[recipe as RecipeName] as Recipe;
    const dropped = new Set([
      ...(isTyped('encoder') && encoder !== settings.encoder ? ofEncoder : []),
      ...(isTyped('optimizer') && optimizer !== settings.optimizer ? ofOptimizer : []),
    ]);
    for (const [key, value] of Object.entries(settings) as [keyof TrainingSettings, unknown][]) {
      if (!dropped.has(key)) set(key, value);
    }
  }
  const { warmup, epochs } = command.opts<TrainArguments>();
  set('warmup', Math.min(warmup, epochs));
}

function hasStages(encoder: string): boolean {
  return 'stages' in (encoders[encoder]?.({}).options ?? {});
}
