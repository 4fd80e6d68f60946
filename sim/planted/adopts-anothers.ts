import { configMaps } from '#api/generated/refs.ts';
import { controllerOf } from '#machinery/object.ts';
import { defineController, watching } from '#runtime/controller.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { crews, namespace, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** Crews adopt the free notes that there are, the first come the first served. */
export const adoptsAnothers: Planted = {
  name: 'adopts-anothers',
  bug: 'adopts what the cache shows as free, although somebody else may have adopted it since',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'adopter',
        setup: ({ client, informer }) => {
          const [known, notes] = [informer(crews), informer(configMaps)];
          const everyCrew = () => known.list().map(({ metadata }) => `${namespace}/${metadata.name}`);
          return {
            for: crews,
            watches: [watching(configMaps, everyCrew)],
            reconcile: async key => {
              const crew = known.get(key);
              const free = notes.list(namespace).find(note => !controllerOf(note));
              if (!crew || !free) return;
              const { name, resourceVersion } = free.metadata;
              const ownerReferences = [controllerReference(crews, crew)];
              const metadata = { ownerReferences, ...(isRight ? { resourceVersion } : {}) };
              await client.patch(configMaps, namespace, name!, 'merge', { metadata });
            },
          };
        },
      }),
    ],
    steps: [step.note('a'), step.create('first'), step.create('second')],
    invariants: [
      {
        name: 'an owner is kept',
        always: (_, { bucket, object, old }) => {
          const [before, now] = [old && controllerOf(old), controllerOf(object)];
          if (bucket !== 'core/configmaps' || !before || before.uid === now?.uid) return undefined;
          return `${before.name} had the note, and ${now?.name} took it`;
        },
      },
    ],
    // Who comes first has it.
    compared: object => (object.kind === 'ConfigMap' ? undefined : object),
  }),
};
