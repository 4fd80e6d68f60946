import type { KubeObject } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import { dryRunFlag, fieldManagerFlag, printFlags, selectorFlag, validateFlag } from '../core/flag-groups.ts';
import { fetchSelected } from '../core/resources.ts';
import { WriteReporter } from '../core/write.ts';
import { CliError, throwAll } from '../errors.ts';

interface Taint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

interface Removal {
  readonly key: string;
  /** '' removes every effect. */
  readonly effect: string;
}

export const taintCommand = defineCommand({
  name: 'taint',
  usage: 'NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  summary: 'Update the taints on one or more nodes.',
  examples: [
    '% taint nodes foo dedicated=special-user:NoSchedule',
    '% taint nodes foo dedicated:NoSchedule-',
  ],
  flags: [
    ...printFlags,
    selectorFlag,
    dryRunFlag,
    validateFlag,
    fieldManagerFlag('kubectl-taint'),
    { name: 'all', type: 'bool', help: 'Select all nodes in the cluster' },
    { name: 'overwrite', type: 'bool', help: 'If true, allow taints to be overwritten.' },
  ],
  run: async context => {
    const isTaint = (arg: string) => /[=:]/.test(arg) || arg.endsWith('-');
    const words = context.args.filter(arg => !isTaint(arg));
    const { add, remove } = parseTaints(context.args.filter(isTaint));
    if (add.length === 0 && remove.length === 0)
      throw context.usageError('at least one taint update is required');
    if (!/^(no|nodes?)$/.test(words[0]?.split('/')[0] ?? ''))
      throw new CliError(`invalid resource type ${words[0]}, only node types are supported`);
    const reporter = await WriteReporter.create(context);
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const api = await context.api();
    for (const { mapping, name, object } of await fetchSelected(context, { args: words, onError })) {
      const before = (object as KubeObject & { spec?: { taints?: Taint[] } }).spec?.taints ?? [];
      const { taints, operation } = changeTaints(name, before, add, remove, context.flags.bool('overwrite'));
      const patch = { spec: { taints: taints.length > 0 ? taints : null } };
      const result =
        reporter.dryRun === 'client'
          ? object
          : await api.patch(mapping, '', name, 'merge', patch, {
              dryRun: reporter.dryRun,
              fieldManager: context.flags.string('field-manager'),
            });
      reporter.done(result, operation);
    }
    reporter.finish();
    throwAll(errors);
  },
});

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function parseTaints(specs: readonly string[]): { add: Taint[]; remove: Removal[] } {
  const add: Taint[] = [];
  const remove: Removal[] = [];
  for (const spec of specs) {
    if (spec.endsWith('-')) {
      const [key = '', effect = ''] = spec.slice(0, -1).split(':');
      remove.push({ key: key.split('=')[0]!, effect });
      continue;
    }
    const match = /^([^=:]+)(?:=([^=:]*))?:([^:]+)$/.exec(spec);
    if (!match) throw new CliError(`invalid taint spec: ${spec}`);
    const [, key, value, effect] = match;
    if (!effects.includes(effect!))
      throw new CliError(`invalid taint effect: ${effect}, unsupported taint effect`);
    add.push({ key: key!, ...(value ? { value } : {}), effect: effect! });
  }
  return { add, remove };
}

function changeTaints(
  node: string,
  before: readonly Taint[],
  add: readonly Taint[],
  remove: readonly Removal[],
  overwrite: boolean,
): { taints: Taint[]; operation: string } {
  const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;
  const clashing = add.filter(taint => before.some(old => same(old, taint)));
  if (clashing.length > 0 && !overwrite)
    throw new CliError(
      `node ${node} already has ${clashing.map(taint => taint.key).join(',')} taint(s) with same effect(s) and --overwrite is false`,
    );
  const removes = (taint: Taint) =>
    remove.some(({ key, effect }) => key === taint.key && (effect === '' || effect === taint.effect));
  const missing = remove.filter(removal => !before.some(taint => taint.key === removal.key));
  if (missing.length > 0)
    throw new CliError(
      missing
        .map(({ key, effect }) => `taint ${JSON.stringify(effect ? `${key}:${effect}` : key)} not found`)
        .join(', '),
    );
  const kept = before.filter(taint => !removes(taint) && !add.some(added => same(added, taint)));
  const operation =
    add.length > 0 && remove.length > 0
      ? 'modified'
      : remove.length > 0
        ? 'untainted'
        : clashing.length > 0
          ? 'modified'
          : 'tainted';
  return { taints: [...add, ...kept], operation };
}
