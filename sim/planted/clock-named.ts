import { configMaps } from '#api/generated/refs.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, namespace, noteOf, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

const hourMs = 3_600_000;

/** One note for each crew, named by the hour. */
export const clockNamed: Planted = {
  name: 'clock-named',
  bug: "names what it makes by its own clock instead of the crew's time: made again, it has another name",
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'hourly',
        setup: ({ client, clock, informer }) => {
          const [known, notes] = [informer(crews), informer(configMaps)];
          return {
            for: crews,
            reconcile: async key => {
              const crew = known.get(key);
              if (!crew) return;
              const atMs = isRight ? Date.parse(crew.metadata.creationTimestamp!) : clock.now();
              const name = `${crew.metadata.name}-${Math.floor(atMs / hourMs)}`;
              if (!notes.get(`${namespace}/${name}`)) await client.create(configMaps, noteOf(crew, name, ''));
            },
          };
        },
      }),
    ],
    steps: [step.create('a'), step.change('a', { text: 'new' })],
  }),
};
