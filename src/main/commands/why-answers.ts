/** The answers of `why`, and how they are printed. Loaded when they are asked for: other commands need none of it. */
import { events } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type CliContext, CliError } from '#cli/index.ts';
import { isNotFound, type ResourceInfo, selectOne } from '#cli/core/resources.ts';
import { apiVersionOf, type KubeObject } from '#machinery/object.ts';
import { explanation, type Explanation } from '#why/explanation.ts';
import { explainObject, gatherObject } from '#why/explain.ts';
import { explainField } from '#why/field.ts';
import { parseFieldPath } from '#why/field-path.ts';
import type { Gatherer } from '#why/gather.ts';
import { explainEviction, gatherEviction } from '#why/kinds/eviction.ts';
import { gatherDisruption, goneFindings } from '#why/pod/disruption.ts';
import { explanationObject, explanationText } from '#why/print.ts';
import { whyForbidden } from './why-forbidden.ts';
import { gathererOf } from './why-gatherer.ts';

export type Question = 'eviction' | 'field' | 'forbidden' | 'object';

const answers: Readonly<Record<Question, (context: CliContext) => Promise<Explanation>>> = {
  eviction: whyEviction,
  field: whyField,
  forbidden: whyForbidden,
  object: whyObject,
};

/** Prints the answer; tells whether all is as wanted. */
export async function answer(context: CliContext, question: Question): Promise<boolean> {
  const explained = await answers[question](context);
  const output = context.flags.string('output');
  const printer = output === '' || output === 'text' ? undefined : await context.printer();
  context.out(
    printer ? printer.print(explanationObject(explained)) + printer.flush() : explanationText(explained),
  );
  return explained.verdict === 'healthy';
}

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
