import { configMaps } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerOf } from '#machinery/object.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, namespace, noteOf, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** A note for each crew, which goes when the crew does. */
export const ownerByName: Planted = {
  name: 'owner-by-name',
  bug: 'knows what it owns by the name in the owner reference, not by the uid',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'owner',
        setup: ({ client, informer }) => {
          const [known, notes] = [informer(crews), informer(configMaps)];
          return {
            for: crews,
            owns: [configMaps],
            reconcile: async key => {
              const crew = known.get(key);
              const note = notes.get(key);
              const owner = note && controllerOf(note);
              const isOwn =
                owner && (isRight ? owner.uid === crew?.metadata.uid : owner.name === crew?.metadata.name);
              if (note && !isOwn) {
                const preconditions = { uid: note.metadata.uid };
                await orNotFound(
                  client.delete(configMaps, namespace, note.metadata.name!, { preconditions }),
                );
              } else if (crew && !note) await client.create(configMaps, noteOf(crew, crew.metadata.name!));
            },
          };
        },
      }),
    ],
    steps: [step.create('a'), step.delete('a'), step.create('a')],
  }),
};
