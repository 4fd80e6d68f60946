import type { Plugin } from '../../framework/plugin.ts';

/** Higher priority first, then who came first. */
export function prioritySort(): Plugin {
  return {
    name: 'PrioritySort',
    less: (a, b) =>
      a.info.priority === b.info.priority ? a.timestampMs < b.timestampMs : a.info.priority > b.info.priority,
  };
}
