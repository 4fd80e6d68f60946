import { pods } from '#api/generated/refs.ts';
import { objectKey } from '#machinery/object.ts';
import type { Checker } from './checker.ts';
import { isOver } from './pods.ts';

/** A pod that says it is to be disrupted goes, or takes that back: the disruption controller waits two minutes for it. */
export const disruptions: Checker = {
  name: 'disruptions',
  inspect: ({ world }) => ({
    pending: () =>
      world
        .list(pods)
        .filter(pod => !pod.metadata.deletionTimestamp && !isOver(pod))
        .filter(({ status }) =>
          status?.conditions?.some(({ type, status }) => type === 'DisruptionTarget' && status === 'True'),
        )
        .map(pod => `${objectKey(pod)} says that it is to be disrupted`),
  }),
};
