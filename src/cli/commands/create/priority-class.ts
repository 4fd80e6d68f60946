import { defineGenerator } from './generator.ts';

export const createPriorityClass = defineGenerator({
  name: 'priorityclass',
  aliases: ['pc'],
  usage: 'NAME --value=VALUE --global-default=BOOL',
  summary: 'Create a priority class with the specified name, value, globalDefault and description.',
  failure: 'failed to create priorityclass:',
  clusterScoped: true,
  flags: [
    { name: 'value', type: 'int', help: 'The value of this priority class.' },
    { name: 'global-default', type: 'bool', help: 'Whether this is the default priority.' },
    { name: 'description', type: 'string', help: 'When this priority class should be used.' },
    {
      name: 'preemption-policy',
      type: 'string',
      default: 'PreemptLowerPriority',
      help: 'The policy for preempting pods with lower priority.',
    },
  ],
  build: ({ flags }, name) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value: flags.int('value'),
    ...(flags.bool('global-default') ? { globalDefault: true } : {}),
    ...(flags.string('description') ? { description: flags.string('description') } : {}),
    preemptionPolicy: flags.string('preemption-policy'),
  }),
});
