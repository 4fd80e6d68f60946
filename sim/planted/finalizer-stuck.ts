import { configMaps } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, namespace, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

const finalizer = 'example.com/notes';

/** A crew has a note, and takes it along when it goes. */
export const finalizerStuck: Planted = {
  name: 'finalizer-stuck',
  bug: 'fails for ever when what it cleans up is gone already',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'keeper',
        setup: ({ client, informer }) => {
          const [known, notes] = [informer(crews), informer(configMaps)];
          return {
            for: crews,
            reconcile: async key => {
              const crew = known.get(key);
              if (!crew) return;
              const { name = '', deletionTimestamp, finalizers = [], resourceVersion } = crew.metadata;
              const patchFinalizers = (wanted: string[]) =>
                orNotFound(
                  client.patch(crews, namespace, name, 'merge', {
                    metadata: { resourceVersion, finalizers: wanted },
                  }),
                );
              if (deletionTimestamp) {
                const cleaned = client.delete(configMaps, namespace, name);
                await (isRight ? orNotFound(cleaned) : cleaned);
                await patchFinalizers([]);
              } else if (!finalizers.includes(finalizer)) await patchFinalizers([finalizer]);
              else if (!notes.get(key)) await client.create(configMaps, { metadata: { namespace, name } });
            },
          };
        },
      }),
    ],
    steps: [step.create('a'), step.delete('a')],
  }),
};
