import { events } from '#api/generated/refs.ts';
import { type CliContext, defineCommand } from '#cli/index.ts';
import { isNotFound, type ResourceInfo, selectOne } from '#cli/core/resources.ts';
import { BareError, explainFailure } from '#cli/errors.ts';
import { explanation, type Explanation } from '#why/explanation.ts';
import { explainObject, gatherObject } from '#why/explain.ts';
import { Gatherer } from '#why/gather.ts';
import { goneFindings } from '#why/pod/disruption.ts';
import { explanationObject, explanationText } from '#why/print.ts';
import { apiVersionOf, parseApiVersion } from '#machinery/object.ts';

/** Exit codes, as docs/why.md has them. */
const exitCodes = { asWanted: 0, explained: 1, failed: 2 } as const;

export const whyCommand = defineCommand({
  name: 'why',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  summary: 'Explain why something is as it is: pending, restarting, not Ready, evicted, stuck.',
  details:
    'Reads what bears on it through the API of any cluster, and says what is wrong, what shows it and what would change it. The exit code is 0 where nothing is wrong, 1 where something is and was explained, and 2 where the question could not be answered.',
  examples: ['% why pod web-0', '% why pvc/data -o json'],
  flags: [
    { name: 'output', short: 'o', type: 'string', help: 'Output format: text (the default), json or yaml.' },
  ],
  run: context => answering(context, whyObject),
});

/** Prints what an answer says; failures are told from bad news by their exit code. */
async function answering(
  context: CliContext,
  answer: (context: CliContext) => Promise<Explanation>,
): Promise<number> {
  try {
    const explained = await answer(context);
    const output = context.flags.string('output');
    const printer = output === '' || output === 'text' ? undefined : await context.printer();
    context.out(
      printer
        ? printer.print(explanationObject(explained) as never) + printer.flush()
        : explanationText(explained),
    );
    return explained.verdict === 'healthy' ? exitCodes.asWanted : exitCodes.explained;
  } catch (error) {
    const { text } = explainFailure(error, context.server);
    throw new BareError(text, exitCodes.failed);
  }
}

async function whyObject(context: CliContext): Promise<Explanation> {
  const info = await selectOne(context, context.args);
  const gatherer = await gathererOf(context);
  const api = await context.api();
  try {
    const object = await api.get(info.mapping, info.namespace, info.name);
    // Objects of some kinds come without their kind in answers of old.
    const typed = { ...object, apiVersion: apiVersionOf(info.mapping), kind: info.mapping.kind };
    await gatherObject(typed, gatherer);
    return explainObject(typed, gatherer.facts());
  } catch (error) {
    const gone = isNotFound(error) ? await explainGone(info, gatherer) : undefined;
    if (!gone) throw error;
    return gone;
  }
}

/** What events tell of a pod that is no longer there. */
async function explainGone(
  { mapping, namespace, name }: ResourceInfo,
  gatherer: Gatherer,
): Promise<Explanation | undefined> {
  if (mapping.kind !== 'Pod' || mapping.group !== '') return undefined;
  await gatherer.events(namespace, mapping.kind, name);
  const facts = gatherer.facts();
  const left = facts.eventsWhere(() => true);
  if (facts.all(events).length === 0) return undefined;
  return explanation({ kind: mapping.kind, namespace, name }, goneFindings(left, facts), {
    unread: facts.unread,
  });
}

async function gathererOf(context: CliContext): Promise<Gatherer> {
  const mapper = await context.mapper();
  return new Gatherer({
    client: await context.client(),
    resolve: (apiVersion, kind) => {
      const { group, version } = parseApiVersion(apiVersion);
      return mapper.kind(group, version, kind);
    },
    listable: () =>
      mapper.preferred().filter(mapping => mapping.namespaced && mapping.verbs.includes('list')),
    nowMs: context.io.clock.now(),
  });
}
