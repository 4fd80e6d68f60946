import { CliError } from '../../errors.ts';
import { selectorObject } from '../../core/selection.ts';
import { defineGenerator } from './generator.ts';

export const createPodDisruptionBudget = defineGenerator({
  name: 'poddisruptionbudget',
  aliases: ['pdb'],
  usage: 'NAME --selector=SELECTOR --min-available=N',
  summary:
    'Create a pod disruption budget with the specified name, selector, and desired minimum available pods.',
  failure: 'failed to create poddisruptionbudgets:',
  flags: [
    {
      name: 'min-available',
      type: 'string',
      help: 'The minimum number or percentage of available pods this budget requires.',
    },
    {
      name: 'max-unavailable',
      type: 'string',
      help: 'The maximum number or percentage of unavailable pods this budget requires.',
    },
    { name: 'selector', type: 'string', help: 'A label selector to use for this budget.' },
  ],
  build: (context, name) => {
    const minimum = context.flags.string('min-available');
    const maximum = context.flags.string('max-unavailable');
    const selector = context.flags.string('selector');
    if (selector === '') throw new CliError('a selector must be specified');
    if (minimum === '' && maximum === '')
      throw new CliError('one of min-available or max-unavailable must be specified');
    if (minimum !== '' && maximum !== '')
      throw new CliError('min-available and max-unavailable cannot be both specified');
    const amount = (text: string) => (/^\d+$/.test(text) ? Number(text) : text);
    return {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: {
        ...(minimum ? { minAvailable: amount(minimum) } : { maxUnavailable: amount(maximum) }),
        selector: selectorObject(selector),
      },
      status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
    };
  },
});
