import { configMaps } from '#api/generated/refs.ts';
import { defineController, watching } from '#runtime/controller.ts';
import { crews, namespace, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** The status says whether the note that the crew names is there. */
export const missingWatch: Planted = {
  name: 'missing-watch',
  bug: 'looks at something whose changes do not run the key',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'looker',
        setup: ({ client, informer }) => {
          const [known, notes] = [informer(crews), informer(configMaps)];
          const everyCrew = () => known.list().map(({ metadata }) => `${namespace}/${metadata.name}`);
          return {
            for: crews,
            watches: isRight ? [watching(configMaps, everyCrew)] : [],
            reconcile: async key => {
              const crew = known.get(key);
              if (!crew) return;
              const count = notes.get(`${namespace}/${crew.spec.text}`) ? 1 : 0;
              if (crew.status?.notes !== count)
                await client.updateStatus(crews, { ...crew, status: { notes: count } });
            },
          };
        },
      }),
    ],
    steps: [step.note('wanted'), step.create('a', { text: 'wanted' })],
  }),
};
