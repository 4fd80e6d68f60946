import { configMaps } from '#api/generated/refs.ts';
import { defineController, observing } from '#runtime/controller.ts';
import type { Crew } from './crew.ts';
import { crews, namespace, noteOf, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** A note with the text of its crew. */
export const edgeTriggered: Planted = {
  name: 'edge-triggered',
  bug: 'follows changes of the text that it sees happen, and not those that it missed',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'writer',
        setup: ({ client, informer }) => {
          const [known, notes] = [informer(crews), informer(configMaps)];
          const keyOf = ({ metadata }: Crew) => [`${metadata.namespace}/${metadata.name}`];
          return {
            watches: [
              observing(crews, ({ type, object, old }) => {
                const isNew = type === 'added' && (isRight || object.metadata.generation === 1);
                return isNew || (old && old.spec.text !== object.spec.text) ? keyOf(object) : [];
              }),
            ],
            reconcile: async key => {
              const crew = known.get(key);
              const current = notes.get(key);
              if (!crew || current?.data?.text === crew.spec.text) return;
              const wanted = noteOf(crew, crew.metadata.name!);
              if (current)
                await client.patch(configMaps, namespace, crew.metadata.name!, 'merge', {
                  data: wanted.data,
                });
              else await client.create(configMaps, wanted);
            },
          };
        },
      }),
    ],
    steps: [
      step.create('a', { text: 'one' }),
      step.change('a', { text: 'two' }),
      step.change('a', { text: 'three' }),
    ],
  }),
};
