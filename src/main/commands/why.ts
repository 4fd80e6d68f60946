import { events } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type CliContext, CliError, defineCommand } from '#cli/index.ts';
import { isNotFound, type ResourceInfo, selectOne } from '#cli/core/resources.ts';
import { apiVersionOf, type KubeObject } from '#machinery/object.ts';
import { explanation, type Explanation } from '#why/explanation.ts';
import { explainObject, gatherObject } from '#why/explain.ts';
import { explainField } from '#why/field.ts';
import { parseFieldPath } from '#why/field-path.ts';
import type { Gatherer } from '#why/gather.ts';
import { explainEviction, gatherEviction } from '#why/kinds/eviction.ts';
import { gatherDisruption, goneFindings } from '#why/pod/disruption.ts';
import { answering, exitCodes, gathererOf, outputFlag } from './why-context.ts';
import { forbiddenCommand } from './why-forbidden.ts';

const evictionCommand = defineCommand({
  name: 'eviction',
  usage: 'POD',
  summary: 'Explain whether a pod may be evicted, by the budgets that cover it.',
  examples: ['% why eviction web-0 -n shop'],
  flags: [outputFlag],
  usageExitCode: exitCodes.failed,
  run: answering(whyEviction),
});

const fieldCommand = defineCommand({
  name: 'field',
  usage: '(TYPE NAME | TYPE/NAME) PATH',
  summary: 'Explain who changed a field of an object, and who applies it.',
  examples: [
    '% why field deployment/web .spec.replicas',
    '% why field pod web-0 .spec.containers[web].image',
    "% why field node/a metadata.labels['topology.kubernetes.io/zone']",
  ],
  flags: [outputFlag],
  usageExitCode: exitCodes.failed,
  run: answering(whyField),
});

export const whyCommand = defineCommand({
  name: 'why',
  usage: '(TYPE NAME | TYPE/NAME) | COMMAND',
  summary: 'Explain why something is as it is: pending, restarting, not Ready, evicted, stuck.',
  details:
    'Reads what bears on it through the API of any cluster, and says what is wrong, what shows it and what would change it. The exit code is 0 where nothing is wrong, 1 where something is and was explained, and 2 where the question could not be answered.',
  examples: ['% why pod web-0', '% why pvc/data -o json'],
  flags: [outputFlag],
  subcommands: [evictionCommand, fieldCommand, forbiddenCommand],
  usageExitCode: exitCodes.failed,
  run: answering(whyObject),
});

async function whyObject(context: CliContext): Promise<Explanation> {
  const words = context.args;
  if (words.length === 0 || words.length > 2 || words.some(word => word.includes(',')))
    throw new CliError(`One object is wanted, as TYPE NAME or TYPE/NAME.\nSee '${context.commandPath} -h'`);
  const info = await selectOne(context, words);
  const gatherer = await gathererOf(context);
  try {
    const object = await objectOf(context, info);
    await gatherObject(object, gatherer);
    return explainObject(object, gatherer.facts());
  } catch (error) {
    const gone = isNotFound(error) ? await explainGone(info, gatherer) : undefined;
    if (!gone) throw error;
    return gone;
  }
}

async function objectOf(
  context: CliContext,
  { mapping, namespace, name }: ResourceInfo,
): Promise<KubeObject> {
  const object = await (await context.api()).get(mapping, namespace, name);
  return { ...object, apiVersion: apiVersionOf(mapping), kind: mapping.kind };
}

/** What events tell of a pod that is no longer there. */
async function explainGone(
  { mapping, namespace, name }: ResourceInfo,
  gatherer: Gatherer,
): Promise<Explanation | undefined> {
  if (mapping.kind !== 'Pod' || mapping.group !== '') return undefined;
  await gatherer.events(namespace, mapping.kind, name);
  await gatherDisruption(namespace, gatherer);
  const facts = gatherer.facts();
  if (facts.all(events).length === 0) return undefined;
  return explanation({ kind: mapping.kind, namespace, name }, goneFindings(facts), {
    unread: facts.unread,
  });
}

async function whyField(context: CliContext): Promise<Explanation> {
  const path = context.args.at(-1);
  const words = context.args.slice(0, -1);
  if (!path || words.length === 0)
    throw new CliError(`An object and the path of a field are wanted.\nSee '${context.commandPath} -h'`);
  const steps = parseFieldPath(path);
  const object = await objectOf(context, await selectOne(context, words));
  return explainField(object, steps, path, context.io.clock.now());
}

async function whyEviction(context: CliContext): Promise<Explanation> {
  const words =
    context.args.length === 1 && !context.args[0]!.includes('/') ? ['pod', ...context.args] : context.args;
  const info = await selectOne(context, words);
  if (info.mapping.kind !== 'Pod') throw new CliError('only pods are evicted');
  const pod = (await objectOf(context, info)) as Pod;
  const gatherer = await gathererOf(context);
  await gatherEviction(pod, gatherer);
  return explainEviction(pod, gatherer.facts());
}
