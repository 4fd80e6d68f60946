import { configMaps } from '#api/generated/refs.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, namespace, noteOf, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** As many notes as a crew's size, made at once. */
export const firstChildOnly: Planted = {
  name: 'first-child-only',
  bug: 'takes the first of several objects for a sign that all are there',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'maker',
        setup: ({ client, informer }) => {
          const [known, notes] = [informer(crews), informer(configMaps)];
          return {
            for: crews,
            reconcile: async key => {
              const crew = known.get(key);
              if (!crew || (!isRight && notes.get(`${key}-0`))) return;
              for (let i = 0; i < (crew.spec.size ?? 0); i++) {
                const name = `${crew.metadata.name}-${i}`;
                if (notes.get(`${namespace}/${name}`)) continue;
                await client.create(configMaps, noteOf(crew, name)).catch(error => {
                  if (!hasReason(error, 'AlreadyExists')) throw error;
                });
              }
            },
          };
        },
      }),
    ],
    steps: [step.create('a', { size: 3 })],
  }),
};
