import { configMaps } from '#api/generated/refs.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController } from '#runtime/controller.ts';
import { crewLabel, crews, namespace, noteOf, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** One note for each crew. */
export const generatedName: Planted = {
  name: 'generated-name',
  bug: 'makes an object under a generated name, and again when the cache does not show it yet',
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
              const { name = '' } = crew?.metadata ?? {};
              if (
                !crew ||
                notes.list(namespace).some(({ metadata }) => metadata.labels?.[crewLabel] === name)
              )
                return;
              const { metadata, ...note } = noteOf(crew, name);
              const { name: _, ...nameless } = metadata!;
              const named = isRight ? metadata! : { ...nameless, generateName: `${name}-` };
              await client.create(configMaps, { ...note, metadata: named }).catch(error => {
                if (!hasReason(error, 'AlreadyExists')) throw error;
              });
            },
          };
        },
      }),
    ],
    steps: [step.create('a'), step.change('a', { size: 1 })],
  }),
};
