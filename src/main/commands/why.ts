import { type CliContext, defineCommand } from '#cli/index.ts';
import type { Flag } from '#cli/core/flags.ts';
import { BareError, explainFailure } from '#cli/errors.ts';
import type { Question } from './why-answers.ts';

/** Exit codes, as docs/why.md has them. */
const exitCodes = { asWanted: 0, explained: 1, failed: 2 } as const;

const outputFlag: Flag = {
  name: 'output',
  short: 'o',
  type: 'string',
  help: 'Output format: text (the default), json, yaml, jsonpath=… and the like.',
};

/** A failure is told from bad news by its exit code. */
function answering(question: Question) {
  return async (context: CliContext): Promise<number> => {
    try {
      const { answer } = await import('./why-answers.ts');
      return (await answer(context, question)) ? exitCodes.asWanted : exitCodes.explained;
    } catch (error) {
      const { text } = explainFailure(error, context.server);
      throw new BareError(text, exitCodes.failed);
    }
  };
}

const evictionCommand = defineCommand({
  name: 'eviction',
  usage: 'POD',
  summary: 'Explain whether a pod may be evicted, by the budgets that cover it.',
  examples: ['% why eviction web-0 -n shop'],
  flags: [outputFlag],
  usageExitCode: exitCodes.failed,
  run: answering('eviction'),
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
  run: answering('field'),
});

const forbiddenCommand = defineCommand({
  name: 'forbidden',
  usage: 'USER VERB (TYPE | TYPE/SUBRESOURCE | NONRESOURCEURL) [NAME]',
  summary: 'Explain why a user may or may not do something: the rule that allows it, or what almost does.',
  details:
    "Evaluates RBAC from roles and bindings, so you need not be the user. A service account is NAMESPACE:NAME or its full name. Groups that come with the user's credentials are told by --as-group.",
  examples: [
    '% why forbidden alice list pods -n shop',
    '% why forbidden shop:robot create pods/exec -n shop',
    '% why forbidden bob get deployments.apps web --as-group devs',
    '% why forbidden alice get /metrics',
  ],
  flags: [
    outputFlag,
    { name: 'as-group', type: 'array', help: 'A group that the user is in; may be repeated.' },
    { name: 'all-namespaces', short: 'A', type: 'bool', help: 'In all namespaces, and not in one.' },
  ],
  usageExitCode: exitCodes.failed,
  run: answering('forbidden'),
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
  run: answering('object'),
});
