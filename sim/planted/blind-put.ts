import { configMaps } from '#api/generated/refs.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, namespace, noteOf, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** A note with the text of its crew. */
export const blindPut: Planted = {
  name: 'blind-put',
  bug: 'puts the whole object as it would make it, without the version that it has seen',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'writer',
        setup: ({ client, informer }) => {
          const [known, notes] = [informer(crews), informer(configMaps)];
          return {
            for: crews,
            owns: [configMaps],
            reconcile: async key => {
              const crew = known.get(key);
              if (!crew) return;
              const current = notes.get(key);
              const wanted = noteOf(crew, crew.metadata.name!);
              if (!current) await client.create(configMaps, wanted);
              else if (current.data?.text !== crew.spec.text)
                await client.update(configMaps, isRight ? { ...current, data: wanted.data } : wanted);
            },
          };
        },
      }),
    ],
    steps: [
      step.create('a', { text: 'one' }),
      {
        name: 'annotate the note',
        act: client =>
          client.patch(configMaps, namespace, 'a', 'merge', {
            metadata: { annotations: { by: 'the user' } },
          }),
      },
      step.change('a', { text: 'two' }),
    ],
    // What a user adds while nothing happens is lost too: only what comes at the same time is looked at.
    compared: ({ metadata: { annotations: _, ...metadata }, ...rest }) => ({ ...rest, metadata }),
  }),
};
