import { configMaps } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController, watching } from '#runtime/controller.ts';
import { crewLabel, crews, namespace, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** A note goes with the crew that its label names. */
export const eventOnly: Planted = {
  name: 'event-only',
  bug: 'cleans up when it sees something deleted, and never after what it did not see',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'cleaner',
        setup: ({ client, informer }) => {
          const [known, notes] = [informer(crews), informer(configMaps)];
          const ofCrew = (crew: string) =>
            notes.list(namespace).filter(({ metadata }) => metadata.labels?.[crewLabel] === crew);
          return {
            for: crews,
            watches: isRight
              ? [
                  watching(configMaps, ({ metadata: { labels } }) =>
                    labels?.[crewLabel] ? [`${namespace}/${labels[crewLabel]}`] : [],
                  ),
                ]
              : [],
            reconcile: async key => {
              if (known.get(key)) return;
              for (const { metadata } of ofCrew(key.slice(namespace.length + 1))) {
                const preconditions = { uid: metadata.uid };
                await orNotFound(client.delete(configMaps, namespace, metadata.name!, { preconditions }));
              }
            },
          };
        },
      }),
    ],
    steps: [step.create('a'), step.note('of-a', { [crewLabel]: 'a' }), step.delete('a')],
  }),
};
