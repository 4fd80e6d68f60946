import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { allNamespacesFlag, chunkSizeFlag, filenameFlags, selectorFlag } from '../core/flag-groups.ts';
import { namesFiles } from '../core/named-files.ts';
import { fetchSelected, isNotFound, type LiveResource } from '../core/resources.ts';
import { throwAll } from '../errors.ts';
import { describeObject } from '../describe/describer.ts';
import { describerOf } from '../describe/registry.ts';

export const describeCommand = defineCommand({
  name: 'describe',
  suggestFor: ['inspect'],
  usage: '(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  summary: 'Show details of a specific resource or group of resources.',
  examples: [
    '% describe nodes kubernetes-node-emt8',
    '% describe pods/nginx',
    '% describe pods -l name=myLabel',
  ],
  flags: [
    ...filenameFlags,
    selectorFlag,
    allNamespacesFlag,
    chunkSizeFlag,
    {
      name: 'show-events',
      type: 'bool',
      default: true,
      help: 'If true, display events related to the described object.',
    },
  ],
  run: async context => {
    if (context.args.length === 0 && !namesFiles(context.flags))
      throw context.usageError(
        `You must specify the type of resource to describe. Use "${context.program} api-resources" for a complete list of supported resources.`,
      );
    const errors: unknown[] = [];
    const found = await fetchSelected(context, {
      allowTypeAlone: true,
      onError: error => errors.push(error),
    });
    if (found.length === 0 && errors.length === 1 && isNotFound(errors[0]) && context.args.length === 2) {
      const matching = await withPrefix(context);
      if (matching.length > 0) {
        for (const live of matching) context.out(`${await described(context, live)}\n`);
        return;
      }
    }
    if (found.length === 0 && errors.length === 0) await nothing(context);
    let first = true;
    for (const live of found) {
      const description = await described(context, live);
      context.out(first ? description : `\n\n${description}`);
      first = false;
    }
    throwAll(errors);
  },
});

function described(context: CliContext, live: LiveResource): Promise<string> {
  const describer = describerOf(live.mapping.group, live.mapping.kind);
  return describeObject(context, live, describer, context.flags.bool('show-events'));
}

async function nothing(context: CliContext): Promise<void> {
  const { name } = await context.namespace();
  const all = context.flags.bool('all-namespaces');
  context.error(all ? 'No resources found\n' : `No resources found in ${name} namespace.\n`);
}

/** A name that is not there may be the beginning of some that are. */
async function withPrefix(context: CliContext): Promise<LiveResource[]> {
  const [type, prefix] = context.args;
  const all = await fetchSelected(context, { args: [type!], allowTypeAlone: true });
  return all.filter(live => live.name.startsWith(prefix!));
}
