import { apiVersionOf } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
} from '../core/flag-groups.ts';
import { fetchSelected } from '../core/resources.ts';
import { CliError } from '../errors.ts';
import { createObject } from './create/generator.ts';

export const autoscaleCommand = defineCommand({
  name: 'autoscale',
  usage: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]',
  summary:
    'Create an autoscaler that automatically chooses and sets the number of pods that run in a cluster.',
  flags: [
    ...printFlags,
    ...filenameFlags,
    dryRunFlag,
    saveConfigFlag,
    fieldManagerFlag('kubectl-autoscale'),
    {
      name: 'cpu-percent',
      type: 'int',
      default: -1,
      help: 'The target average CPU utilization over all the pods.',
    },
    {
      name: 'max',
      type: 'int',
      default: -1,
      help: 'The upper limit for the number of pods that can be set by the autoscaler.',
    },
    {
      name: 'min',
      type: 'int',
      default: -1,
      help: 'The lower limit for the number of pods that can be set by the autoscaler.',
    },
    { name: 'name', type: 'string', help: 'The name for the newly created object.' },
  ],
  run: async context => {
    const { flags } = context;
    const max = flags.int('max');
    const min = flags.int('min');
    const cpu = flags.int('cpu-percent');
    if (max < 1) throw new CliError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (max < min)
      throw new CliError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
    for (const { mapping, name } of await fetchSelected(context)) {
      await createObject(
        context,
        {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: flags.string('name') || name },
          spec: {
            scaleTargetRef: { apiVersion: apiVersionOf(mapping), kind: mapping.kind, name },
            ...(min > 0 ? { minReplicas: min } : {}),
            maxReplicas: max,
            ...(cpu >= 0
              ? {
                  metrics: [
                    {
                      type: 'Resource',
                      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } },
                    },
                  ],
                }
              : {}),
          },
          status: { currentMetrics: null, desiredReplicas: 0 },
        },
        false,
      );
    }
  },
});
