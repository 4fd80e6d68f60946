import { configMaps } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, namespace, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

const finalizer = 'example.com/notes';

/** A crew has a note, and takes it along when it goes. */
export const finalizerFirst: Planted = {
  name: 'finalizer-first',
  bug: 'takes its finalizer off before it has cleaned up',
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
              const cleanUp = () => orNotFound(client.delete(configMaps, namespace, name));
              if (deletionTimestamp) {
                if (!finalizers.includes(finalizer)) return;
                if (isRight) await cleanUp();
                await patchFinalizers([]);
                if (!isRight) await cleanUp();
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
