import { CliError } from '../../errors.ts';
import type { CliContext } from '../../core/context.ts';
import { commandFrom, defineGenerator, type NewObject } from './generator.ts';

export const createJob = defineGenerator({
  name: 'job',
  usage: 'NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  summary: 'Create a job with the specified name.',
  failure: 'failed to create job:',
  flags: [
    { name: 'image', type: 'string', help: 'Image name to run.' },
    {
      name: 'from',
      type: 'string',
      help: 'The name of the resource to create a Job from (only cronjob is supported).',
    },
  ],
  build: async (context, name) => {
    const image = context.flags.string('image');
    const from = context.flags.string('from');
    if ((image === '') === (from === '')) throw new CliError('either --image or --from must be specified');
    const command = commandFrom(context);
    if (from !== '' && command.length > 0) throw new CliError('cannot specify --from and command');
    return from === '' ? jobOf(name, image, command) : jobFromCronJob(context, name, from);
  },
});

function jobOf(name: string, image: string, command: string[]): NewObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      template: {
        metadata: {},
        spec: {
          containers: [{ name, image, ...(command.length > 0 ? { command } : {}), resources: {} }],
          restartPolicy: 'Never',
        },
      },
    },
    status: {},
  };
}

async function jobFromCronJob(context: CliContext, name: string, from: string): Promise<NewObject> {
  const [type = '', cronName] = from.split('/');
  const mapping = (await context.mapper()).resource(cronName ? type : 'cronjobs');
  if (mapping.kind !== 'CronJob') throw new CliError(`from must be an existing cronjob`);
  const api = await context.api();
  const cron = await api.get(mapping, (await context.namespace()).name, cronName ?? type);
  const { spec } = cron as typeof cron & {
    spec?: { jobTemplate?: { metadata?: NewObject['metadata']; spec?: unknown } };
  };
  const template = spec?.jobTemplate ?? {};
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...template.metadata?.annotations },
      labels: template.metadata?.labels,
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: cron.metadata.name!,
          uid: cron.metadata.uid!,
          controller: true,
        },
      ],
    },
    spec: template.spec,
    status: {},
  };
}
