import { configMaps } from '#api/generated/refs.ts';
import { defineController } from '#runtime/controller.ts';
import { namespace } from './crew.ts';
import type { Planted } from './planted.ts';

/** A ConfigMap's data has what is wanted, and says what is so. */
export const statusOverSpec: Planted = {
  name: 'status-over-spec',
  bug: 'writes the whole object, as its cache has it, to say something in one field',
  exploration: isRight => ({
    controllers: [
      defineController({
        name: 'sayer',
        setup: ({ client, informer }) => {
          const notes = informer(configMaps);
          return {
            for: configMaps,
            reconcile: async key => {
              const note = notes.get(key);
              if (!note?.data?.wanted || note.data.is === note.data.wanted) return;
              const { name, namespace: place, labels } = note.metadata;
              const data = { ...note.data, is: note.data.wanted };
              if (isRight)
                await client.patch(configMaps, namespace, name!, 'merge', { data: { is: data.is } });
              else await client.update(configMaps, { metadata: { namespace: place, name, labels }, data });
            },
          };
        },
      }),
    ],
    steps: [
      {
        name: 'want one',
        act: client =>
          client.create(configMaps, { metadata: { namespace, name: 'a' }, data: { wanted: 'one' } }),
      },
      {
        name: 'want two',
        act: client => client.patch(configMaps, namespace, 'a', 'merge', { data: { wanted: 'two' } }),
      },
    ],
  }),
};
