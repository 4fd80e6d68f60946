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
import { type Round, roundOf } from './round.ts';
import { allContainers } from './spec.ts';

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

/** Whether nothing is to be done now. */
export function isIdle(plan: PodPlan): boolean {
  return !plan.killPod && plan.createSandbox === undefined && plan.start.length + plan.kill.length === 0;
}

/** Decides what a pod that is not being deleted needs next. */
export function planPod(input: PlanInput): PodPlan {
  const { pod, observed } = input;
  const sandbox = observed.sandboxes[0];
  const usable = observed.sandboxes.filter(s => s.state === 'READY').length === 1 && isUsable(pod, sandbox!);
  const round = roundOf(pod, observed);
  // Numbers and back-offs go on from round to round.
  const draft = new PlanDraft(input);
  const current = { ...input, observed: round.current };
  if (!usable) return planNewSandbox(current, draft);
  return endPast(input, round, draft)
    ? { ...nothing, sandboxId: sandbox!.id, ...draft }
    : planContainers(current, draft, sandbox!.id);
}

/** Before a round begins all that ran in the one before ends. */
function endPast({ pod, observed }: PlanInput, round: Round, draft: PlanDraft): boolean {
  for (const status of observed.containers) {
    if (status.state !== 'RUNNING' || !round.isPast(status)) continue;
    const container = allContainers(pod).find(({ name }) => name === status.name);
    if (container) draft.wantEnd(status, container);
  }
  return draft.kill.length > 0;
}

function isUsable(pod: Pod, sandbox: ObservedPod['sandboxes'][number]): boolean {
  return sandbox.state === 'READY' && (pod.spec?.hostNetwork === true || sandbox.ips.length > 0);
}

/** The pod has no sandbox that works: everything that is still to run starts anew in a new one. */
function planNewSandbox(input: PlanInput, draft: PlanDraft): PodPlan {
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
  const first = pod.spec!.initContainers?.[0];
  if (first) draft.wantStart(first, 'init', undefined);
  else for (const container of toRun) draft.wantStart(container, 'main', undefined);
  const killPod = observed.sandboxes.some(s => s.state === 'READY');
  return { killPod, createSandbox: attempt, sandboxId: undefined, ...draft };
}

function planContainers(input: PlanInput, draft: PlanDraft, sandboxId: string): PodPlan {
  const { pod, observed } = input;
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
