import { cronJobs, jobs } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { cronJobController } from '#controllers/cronjob/controller.ts';
import type { Controller } from '#runtime/controller.ts';
import { job } from '#sim/objects.ts';
import { namespace } from './crew.ts';
import type { Planted } from './planted.ts';

/** The real controller with names that do not say for which time a Job is. */
function withGeneratedNames(controller: Controller): Controller {
  const generating = (client: Client): Client =>
    new Proxy(client, {
      get: (target, property) => {
        if (property !== 'create')
          return Reflect.get(target, property).bind?.(target) ?? Reflect.get(target, property);
        return (ref: ResourceRef, object: Partial<KubeObject>) => {
          const { name, ...metadata } = object.metadata!;
          const isJob = ref.resource === jobs.resource;
          return target.create(
            ref,
            isJob ? { ...object, metadata: { ...metadata, generateName: 'tick-' } } : object,
          );
        };
      },
    });
  return {
    ...controller,
    setup: environment => controller.setup({ ...environment, client: generating(environment.client) }),
  };
}

export const cronjobGeneratedNames: Planted = {
  name: 'cronjob-generated-names',
  bug: 'makes Jobs under generated names, so that one whose creation seemed to fail is made again',
  exploration: isRight => ({
    controllers: [isRight ? cronJobController : withGeneratedNames(cronJobController)],
    steps: [
      {
        name: 'create CronJob tick',
        act: client =>
          client.create(cronJobs, {
            metadata: { namespace, name: 'tick' },
            spec: {
              schedule: '* * * * *',
              jobTemplate: {
                spec: job(namespace, 'tick', { completions: 1, parallelism: 1, indexed: false }).spec!,
              },
            },
          }),
        pauseMs: 60_000,
      },
      {
        name: 'suspend it',
        act: client => client.patch(cronJobs, namespace, 'tick', 'merge', { spec: { suspend: true } }),
      },
    ],
    invariants: [
      {
        name: 'one Job a minute',
        always: world => {
          const times = world
            .list(jobs)
            .map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']);
          return new Set(times).size < times.length ? `Jobs were made for ${times.join(', ')}` : undefined;
        },
      },
    ],
    // Whether a minute is served at all is a matter of the time.
    compared: object => (object.kind === 'Job' || object.kind === 'CronJob' ? undefined : object),
  }),
};
