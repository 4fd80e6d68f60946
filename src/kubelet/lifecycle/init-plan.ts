import type { ContainerSpec } from '../types.ts';
import { newest } from './observed.ts';
import type { PlanDraft, PlanInput } from './plan-draft.ts';
import { shouldStart } from './restart.ts';
import { isSidecar } from './spec.ts';

export type InitProgress = 'initialised' | 'initialising' | 'failed';

/**
 * Walks the init containers in order. Plain ones run one after the other, each to a good end; sidecars must have
 * started before the next goes on, and are kept running from then on (KEP-753).
 */
export function planInitContainers(input: PlanInput, draft: PlanDraft, sandboxId: string): InitProgress {
  const { pod, observed } = input;
  const containers = pod.spec!.initContainers ?? [];
  const initialised = pod.spec!.containers.some(container => newest(observed, container.name, sandboxId));
  const seen = containers.findLastIndex(container => newest(observed, container.name, sandboxId));
  for (const [index, container] of containers.entries()) {
    const progress = isSidecar(container)
      ? planSidecar(input, draft, container, sandboxId)
      : // What a later one's existence proves to be done may be gone from the runtime.
        initialised || index < seen
        ? 'initialised'
        : planPlain(input, draft, container, sandboxId);
    if (progress === 'failed' || (progress === 'initialising' && !initialised)) return progress;
  }
  return 'initialised';
}

function planPlain(
  input: PlanInput,
  draft: PlanDraft,
  container: ContainerSpec,
  sandboxId: string,
): InitProgress {
  const status = newest(input.observed, container.name, sandboxId);
  if (status?.state === 'RUNNING') return 'initialising';
  if (status?.state === 'EXITED' && status.exitCode === 0) return 'initialised';
  if (!shouldStart(input.pod, container, status, true)) return 'failed';
  draft.wantStart(container, 'init', status);
  return 'initialising';
}

function planSidecar(
  input: PlanInput,
  draft: PlanDraft,
  container: ContainerSpec,
  sandboxId: string,
): InitProgress {
  const { observed, view } = input;
  const status = newest(observed, container.name, sandboxId);
  if (status?.state !== 'RUNNING') {
    draft.wantStart(container, 'init', status);
    return 'initialising';
  }
  const cause = draft.faultOf(status, container);
  if (cause) {
    draft.wantKill(status, container, 'init', cause);
    return 'initialising';
  }
  return view.started(status.id) ? 'initialised' : 'initialising';
}
