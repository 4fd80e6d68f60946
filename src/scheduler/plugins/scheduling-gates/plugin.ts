import type { Plugin } from '../../framework/plugin.ts';

const name = 'SchedulingGates';

/** Keeps a pod out of the active queue until its gates are gone (KEP-3521). */
export function schedulingGates(): Plugin {
  return {
    name,
    preEnqueue({ pod }) {
      const gates = pod.spec?.schedulingGates ?? [];
      if (gates.length === 0) return undefined;
      const names = gates.map(gate => gate.name).join(' ');
      const reasons = [`waiting for scheduling gates: [${names}]`];
      return { plugin: name, code: 'UnschedulableAndUnresolvable', reasons };
    },
    cures: ['podUpdated'],
    mayCure: (event, { uid }) => event.type === 'podUpdated' && event.pod.uid === uid,
  };
}
