import type { ContainerSpec, Pod } from '../types.ts';
import { planInitContainers } from './init-plan.ts';
import { newest, type ObservedPod } from './observed.ts';
import {
  type ContainerBackoff,
  type ContainerKill,
  type ContainerStart,
  PlanDraft,
  type PlanInput,
} from './plan-draft.ts';
import { restartPolicyOf, shouldStart } from './restart.ts';

/** What to do for a pod now. Nothing in it: all is as it should be. */
export interface PodPlan {
  /** Stop whatever runs of the pod, sandbox included, first. */
  readonly killPod: boolean;
  /** The attempt number of a sandbox to make; undefined: keep the one there is. */
  readonly createSandbox: number | undefined;
  readonly sandboxId: string | undefined;
  readonly start: readonly ContainerStart[];
  readonly kill: readonly ContainerKill[];
  readonly backoffs: readonly ContainerBackoff[];
}

const nothing = { killPod: false, createSandbox: undefined, start: [], kill: [], backoffs: [] };

/** Decides what a pod that is not being deleted needs next. */
export function planPod(input: PlanInput): PodPlan {
  const { pod, observed } = input;
  const sandbox = observed.sandboxes[0];
  const usable = observed.sandboxes.filter(s => s.state === 'READY').length === 1 && isUsable(pod, sandbox!);
  return usable ? planContainers(input, sandbox!.id) : planNewSandbox(input);
}

function isUsable(pod: Pod, sandbox: ObservedPod['sandboxes'][number]): boolean {
  return sandbox.state === 'READY' && (pod.spec?.hostNetwork === true || sandbox.ips.length > 0);
}

/** The pod has no sandbox that works: everything that is still to run starts anew in a new one. */
function planNewSandbox(input: PlanInput): PodPlan {
  const { pod, observed } = input;
  const latest = observed.sandboxes[0];
  const attempt = latest ? latest.metadata.attempt + 1 : 0;
  const kill = { ...nothing, killPod: true, sandboxId: latest?.id };
  const ran = observed.containers.length > 0;
  const restarts = pod.spec!.containers.some(c => restartPolicyOf(pod, c, false) !== 'Never');
  if (attempt > 0 && ran && !restarts) return kill;
  const toRun = pod.spec!.containers.filter(container => {
    const status = newest(observed, container.name);
    return !status || restartPolicyOf(pod, container, false) !== 'OnFailure' || status.exitCode !== 0;
  });
  const initialised = pod.spec!.containers.some(container => newest(observed, container.name));
  if (toRun.length === 0 && (initialised || ran)) return kill;
  const draft = new PlanDraft(input);
  const first = pod.spec!.initContainers?.[0];
  if (first) draft.wantStart(first, 'init', undefined);
  else for (const container of toRun) draft.wantStart(container, 'main', undefined);
  const killPod = observed.sandboxes.some(s => s.state === 'READY');
  return { killPod, createSandbox: attempt, sandboxId: undefined, ...draft };
}

function planContainers(input: PlanInput, sandboxId: string): PodPlan {
  const { pod, observed } = input;
  const draft = new PlanDraft(input);
  for (const container of (pod.spec!.ephemeralContainers ?? []) as ContainerSpec[]) {
    if (!newest(observed, container.name)) draft.wantStart(container, 'ephemeral', undefined);
  }
  const progress = planInitContainers(input, draft, sandboxId);
  if (progress === 'failed') return { ...nothing, killPod: true, sandboxId };
  if (progress === 'initialised') {
    const kept = planMainContainers(input, draft);
    if (kept === 0) return { ...nothing, killPod: true, sandboxId };
  }
  return { killPod: false, createSandbox: undefined, sandboxId, ...draft };
}

/** Resolves to how many main containers run or are to run. */
function planMainContainers(input: PlanInput, draft: PlanDraft): number {
  const { pod, observed } = input;
  let kept = 0;
  for (const container of pod.spec!.containers) {
    const status = newest(observed, container.name);
    if (status?.state !== 'RUNNING') {
      if (!shouldStart(pod, container, status)) continue;
      kept++;
      if (status?.state === 'UNKNOWN') draft.wantKill(status, container, 'main', 'unknown');
      else draft.wantStart(container, 'main', status);
      continue;
    }
    kept++;
    const cause = draft.faultOf(status, container);
    if (cause) draft.wantKill(status, container, 'main', cause);
  }
  return kept;
}
