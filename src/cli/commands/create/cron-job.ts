import { commandFrom, defineGenerator } from './generator.ts';

export const createCronJob = defineGenerator({
  name: 'cronjob',
  aliases: ['cj'],
  usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  summary: 'Create a cron job with the specified name.',
  failure: 'failed to create cronjob:',
  required: ['image', 'schedule'],
  flags: [
    { name: 'image', type: 'string', help: 'Image name to run.' },
    { name: 'restart', type: 'string', help: "job's restart policy. supported values: OnFailure, Never" },
    { name: 'schedule', type: 'string', help: 'A schedule in the Cron format the job should be run with.' },
  ],
  build: (context, name) => {
    const image = context.flags.string('image');
    const schedule = context.flags.string('schedule');
    const command = commandFrom(context);
    return {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name },
      spec: {
        schedule,
        jobTemplate: {
          metadata: { name },
          spec: {
            template: {
              metadata: {},
              spec: {
                containers: [{ name, image, ...(command.length > 0 ? { command } : {}), resources: {} }],
                restartPolicy: context.flags.string('restart') || 'OnFailure',
              },
            },
          },
        },
      },
      status: {},
    };
  },
});
