import { defineCommand, type Command } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { dryRunFlag, selectorFlag } from '../core/flag-groups.ts';
import { fetchSelected, select, type LiveResource } from '../core/resources.ts';
import { dryRunSuffix } from '../core/write.ts';
import { dryRunOf } from '../core/flag-groups.ts';
import { throwAll } from '../errors.ts';
import type { KubeObject } from '#machinery/object.ts';

export const cordonCommand: Command = schedulingCommand('cordon', 'Mark node as unschedulable.', true);
export const uncordonCommand: Command = schedulingCommand('uncordon', 'Mark node as schedulable.', false);

function schedulingCommand(name: string, summary: string, unschedulable: boolean): Command {
  return defineCommand({
    name,
    usage: 'NODE',
    summary,
    examples: [`% ${name} foo`],
    flags: [selectorFlag, dryRunFlag],
    run: async context => {
      for (const node of await selectedNodes(context)) await setUnschedulable(context, node, unschedulable);
    },
  });
}

/** The nodes that the words or -l name. */
export async function selectedNodes(context: CliContext): Promise<LiveResource[]> {
  const { args, flags } = context;
  const selected = flags.string('selector') !== '';
  if (args.length > 0 && selected)
    throw context.usageError('error: cannot specify both a node name and a --selector option');
  if (args.length === 0 && !flags.changed('selector'))
    throw context.usageError(`USAGE: ${context.commandPath.split(' ').at(-1)} NODE [flags]`);
  if (args.length === 0 && !selected) await select(context, { args: [] });
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const words = args.map(arg => arg.replace(/^(nodes?|no)\//, ''));
  const found = await fetchSelected(context, { args: ['nodes', ...words], onError });
  throwAll(errors);
  return found;
}

/** Cordons or uncordons one node and says so. */
export async function setUnschedulable(
  context: CliContext,
  { mapping, name, object }: LiveResource,
  unschedulable: boolean,
): Promise<void> {
  const dryRun = dryRunOf(context.flags);
  const before = (object as KubeObject & { spec?: { unschedulable?: boolean } }).spec?.unschedulable ?? false;
  const word = unschedulable ? 'cordoned' : 'uncordoned';
  if (before === unschedulable) return context.out(`node/${name} already ${word}${dryRunSuffix(dryRun)}\n`);
  if (dryRun !== 'client') {
    const api = await context.api();
    const patch = { spec: { unschedulable: unschedulable || null } };
    await api.patch(mapping, '', name, 'strategic', patch, { dryRun });
  }
  context.out(`node/${name} ${word}${dryRunSuffix(dryRun)}\n`);
}
