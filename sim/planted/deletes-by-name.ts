import { configMaps } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController } from '#runtime/controller.ts';
import { namespace, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** Notes with the label are removed. */
export const deletesByName: Planted = {
  name: 'deletes-by-name',
  bug: 'deletes by name, without the uid of what it has looked at',
  exploration: isRight => ({
    controllers: [
      defineController({
        name: 'remover',
        setup: ({ client, informer }) => {
          const notes = informer(configMaps);
          return {
            for: configMaps,
            reconcile: async key => {
              const note = notes.get(key);
              if (!note?.metadata.labels?.old) return;
              const preconditions = isRight ? { uid: note.metadata.uid } : {};
              await orNotFound(client.delete(configMaps, namespace, note.metadata.name!, { preconditions }));
            },
          };
        },
      }),
    ],
    steps: [
      step.note('a', { old: 'yes' }),
      {
        name: 'delete ConfigMap a, and create another',
        act: async client => {
          await orNotFound(client.delete(configMaps, namespace, 'a'));
          await client.create(configMaps, { metadata: { namespace, name: 'a' } });
        },
      },
    ],
  }),
};
