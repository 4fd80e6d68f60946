import { configMaps } from '#api/generated/refs.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, namespace, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** Makes something, whose name the status then has. */
export const recordedTooLate: Planted = {
  name: 'recorded-too-late',
  bug: 'writes down what it makes after it has made it, and does not find it again without that',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'maker',
        setup: ({ client, informer }) => {
          const known = informer(crews);
          return {
            for: crews,
            reconcile: async key => {
              const crew = known.get(key);
              if (!crew || crew.status?.text) return;
              const name = isRight
                ? `thing-${crew.metadata.uid}`
                : `thing-${crew.metadata.uid}-${crew.metadata.resourceVersion}`;
              await client.create(configMaps, { metadata: { namespace, name } }).catch(error => {
                if (!hasReason(error, 'AlreadyExists')) throw error;
              });
              await client.updateStatus(crews, { ...crew, status: { text: name } });
            },
          };
        },
      }),
    ],
    steps: [step.create('a'), step.change('a', { size: 1 })],
    compared: object => (object.kind === 'Crew' ? undefined : object),
  }),
};
