import { tolerates } from '#api/tolerations.ts';
import { qosClassOf } from '../lifecycle/qos.ts';
import type { Pod } from '../types.ts';
import { isCritical } from './critical.ts';
import type { Pressure } from './signals.ts';

const memoryTaint = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' };

/** Whether a node that is short of something takes a pod all the same. */
export function mayJoin(pod: Pod, pressures: readonly Pressure[]): boolean {
  if (pressures.length === 0 || isCritical(pod)) return true;
  if (pressures.length > 1 || pressures[0] !== 'MemoryPressure') return false;
  // Who asks for memory is held to it: only those that ask for nothing make it worse.
  if (qosClassOf(pod) !== 'BestEffort') return true;
  return (pod.spec?.tolerations ?? []).some(toleration => tolerates(toleration, memoryTaint));
}

/** Why it does not, as the API shows it. */
export function refusal(pressures: readonly Pressure[]): string {
  return `The node had condition: [${pressures.join(' ')}]. `;
}
