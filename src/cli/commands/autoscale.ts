import { apiVersionOf } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
} from '../core/flag-groups.ts';
import type { FlagValues } from '../core/flags.ts';
import { namesFiles } from '../core/named-files.ts';
import { recordFlag } from '../core/record.ts';
import { fetchSelected, type ResourceInfo, select, visitEach } from '../core/resources.ts';
import { CliError, throwAll } from '../errors.ts';
import { createObject } from './create/generator.ts';

export const autoscaleCommand = defineCommand({
  name: 'autoscale',
  usage: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]',
  summary:
    'Create an autoscaler that automatically chooses and sets the number of pods that run in a cluster.',
  flags: [
    ...printFlags,
    recordFlag,
    ...filenameFlags,
    dryRunFlag,
    saveConfigFlag,
    fieldManagerFlag('kubectl-autoscale'),
    {
      name: 'cpu-percent',
      type: 'int',
      default: -1,
      deprecated:
        "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
      help: 'The target average CPU utilization over all the pods.',
    },
    {
      name: 'cpu',
      type: 'string',
      help: "Target CPU utilization over all the pods: a share ('70%') or a quantity ('500m').",
    },
    {
      name: 'memory',
      type: 'string',
      help: "Target memory utilization over all the pods: a share ('60%') or a quantity ('200Mi').",
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
    const metrics = metricsOf(flags);
    if (max < 1) throw new CliError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (max < min)
      throw new CliError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
    // What a file names is not looked for in the server.
    const files = namesFiles(flags);
    const { errors } = await visitEach<ResourceInfo>(
      async onError =>
        files ? (await select(context, { onError })).infos : fetchSelected(context, { onError }),
      async ({ mapping, name }) => {
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
              ...(metrics.length > 0 ? { metrics } : {}),
            },
            status: { currentMetrics: null, desiredReplicas: 0 },
          },
          false,
          'autoscaled',
        );
      },
    );
    throwAll(errors);
  },
});

function metricsOf(flags: FlagValues): unknown[] {
  const cpu = flags.string('cpu') || (flags.int('cpu-percent') >= 0 ? `${flags.int('cpu-percent')}%` : '');
  return [
    ...(cpu ? [metricOf('cpu', cpu)] : []),
    ...(flags.string('memory') ? [metricOf('memory', flags.string('memory'))] : []),
  ];
}

function metricOf(name: string, amount: string): unknown {
  const target = amount.endsWith('%')
    ? { type: 'Utilization', averageUtilization: Number(amount.slice(0, -1)) }
    : { type: 'AverageValue', averageValue: amount };
  return { type: 'Resource', resource: { name, target } };
}
