import type { ApiContainerStatus, Pod } from '../types.ts';
import { restartsAfter } from './restart.ts';
import { isSidecar } from './spec.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

function lastExit(status: ApiContainerStatus | undefined): number | undefined {
  const { state, lastState } = status ?? {};
  if (state?.terminated) return state.terminated.exitCode;
  return state?.waiting ? lastState?.terminated?.exitCode : undefined;
}

type InitState = 'done' | 'pending' | 'failed';

function initState(pod: Pod, statuses: readonly ApiContainerStatus[]): InitState {
  for (const container of pod.spec!.initContainers ?? []) {
    const status = statuses.find(s => s.name === container.name);
    if (isSidecar(container)) {
      if (!status?.started && !status?.state?.terminated) return 'pending';
      continue;
    }
    const exitCode = lastExit(status);
    if (exitCode === undefined) return 'pending';
    if (exitCode !== 0) return restartsAfter(pod, container, exitCode, true) ? 'pending' : 'failed';
  }
  return 'done';
}

/** The pod's phase by the statuses of its containers; `finished`: nothing of it will run again. */
export function podPhase(
  pod: Pod,
  initStatuses: readonly ApiContainerStatus[],
  statuses: readonly ApiContainerStatus[],
  finished: boolean,
): Phase {
  const exits = pod.spec!.containers.map(c => lastExit(statuses.find(s => s.name === c.name)));
  const running = statuses.filter(status => status.state?.running).length;
  const stopped = exits.filter(code => code !== undefined).length;
  const init = initState(pod, initStatuses);
  if (init === 'failed') return 'Failed';
  if (!finished) {
    if (init === 'pending' && running + stopped === 0) return 'Pending';
    if (running + stopped < pod.spec!.containers.length) return 'Pending';
    if (running > 0) return 'Running';
    const restarts = pod.spec!.containers.some((c, i) => restartsAfter(pod, c, exits[i]!));
    if (restarts) return 'Running';
  }
  return exits.every(code => code === 0) ? 'Succeeded' : 'Failed';
}
