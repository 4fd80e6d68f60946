/** What the questions of `why` have in common: where facts are read, how answers are printed, what codes they end with. */
import type { CliContext } from '#cli/index.ts';
import type { Flag } from '#cli/core/flags.ts';
import { BareError, explainFailure } from '#cli/errors.ts';
import { parseApiVersion } from '#machinery/object.ts';
import type { Explanation } from '#why/explanation.ts';
import { Gatherer } from '#why/gather.ts';
import { explanationObject, explanationText } from '#why/print.ts';

/** Exit codes, as docs/why.md has them. */
export const exitCodes = { asWanted: 0, explained: 1, failed: 2 } as const;

export const outputFlag: Flag = {
  name: 'output',
  short: 'o',
  type: 'string',
  help: 'Output format: text (the default), json, yaml, jsonpath=… and the like.',
};

/** Prints what an answer says. A failure is told from bad news by its exit code. */
export function answering(answer: (context: CliContext) => Promise<Explanation>) {
  return async (context: CliContext): Promise<number> => {
    try {
      const explained = await answer(context);
      const output = context.flags.string('output');
      const printer = output === '' || output === 'text' ? undefined : await context.printer();
      context.out(
        printer ? printer.print(explanationObject(explained)) + printer.flush() : explanationText(explained),
      );
      return explained.verdict === 'healthy' ? exitCodes.asWanted : exitCodes.explained;
    } catch (error) {
      const { text } = explainFailure(error, context.server);
      throw new BareError(text, exitCodes.failed);
    }
  };
}

export async function gathererOf(context: CliContext): Promise<Gatherer> {
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
