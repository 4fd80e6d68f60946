import { own } from '#base/members.ts';
import type { TableRowCondition } from '#machinery/table.ts';
import { age, ageColumn, column, nameColumn, since, wideColumn } from '../../columns.ts';
import type { Column } from '../../definition.ts';
import type { ContainerStateTerminated, ContainerStatus, Pod } from '../../generated/types/core.v1.ts';

export const podColumns: readonly Column[] = [
  nameColumn,
  column('Ready'),
  column('Status'),
  column('Restarts'),
  ageColumn,
  wideColumn('IP'),
  wideColumn('Node'),
  wideColumn('Nominated Node'),
  wideColumn('Readiness Gates'),
];

interface Summary {
  reason: string;
  ready: number;
  restarts: number;
  /** RFC 3339 in UTC, so that text order is time order; '' is never. */
  lastRestart: string;
}

function hasCondition(pod: Pod, type: string): boolean {
  return (pod.status?.conditions ?? []).some(c => c.type === type && c.status === 'True');
}

function sidecarNames(pod: Pod): Set<string> {
  const init = pod.spec?.initContainers ?? [];
  return new Set(init.filter(c => c.restartPolicy === 'Always').map(c => c.name));
}

function exitText({ reason, signal, exitCode }: ContainerStateTerminated): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function countRestarts(summary: Summary, status: ContainerStatus): void {
  summary.restarts += status.restartCount ?? 0;
  const finished = status.lastState?.terminated?.finishedAt ?? '';
  if (finished > summary.lastRestart) summary.lastRestart = finished;
}

/** Why the pod still initialises because of this init container; undefined when it is done (or a started sidecar). */
function initReason(
  status: ContainerStatus,
  at: number,
  total: number,
  sidecar: boolean,
): string | undefined {
  const { terminated, waiting } = status.state ?? {};
  if (terminated?.exitCode === 0) return undefined;
  if (sidecar && status.started) return undefined;
  if (terminated) return `Init:${exitText(terminated)}`;
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return `Init:${at}/${total}`;
}

/** Restarts of sidecars go in `sidecarSummary`: they alone count on once the pod is initialised. */
function summariseInit(pod: Pod, summary: Summary, sidecarSummary: Summary): boolean {
  const sidecars = sidecarNames(pod);
  const total = pod.spec?.initContainers?.length ?? 0;
  for (const [at, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = sidecars.has(status.name);
    countRestarts(summary, status);
    if (sidecar) countRestarts(sidecarSummary, status);
    const reason = initReason(status, at, total, sidecar);
    if (reason !== undefined) {
      summary.reason = reason;
      return true;
    }
    if (sidecar && status.started && status.ready && status.state?.terminated?.exitCode !== 0)
      summary.ready++;
  }
  return false;
}

function summariseContainers(pod: Pod, summary: Summary): void {
  let running = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(summary, status);
    const { waiting, terminated } = status.state ?? {};
    if (waiting?.reason) summary.reason = waiting.reason;
    else if (terminated) summary.reason = exitText(terminated);
    else if (status.ready && status.state?.running) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.reason === 'Completed' && running) {
    summary.reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  }
}

function startReason(pod: Pod): string {
  const gated = (pod.status?.conditions ?? []).some(
    c => c.type === 'PodScheduled' && c.reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || '';
}

function endReason(pod: Pod, reason: string): string {
  if (!pod.metadata.deletionTimestamp) return reason;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const phase = pod.status?.phase;
  return phase === 'Failed' || phase === 'Succeeded' ? reason : 'Terminating';
}

function summarise(pod: Pod): Summary {
  const summary: Summary = { reason: startReason(pod), ready: 0, restarts: 0, lastRestart: '' };
  const sidecarSummary: Summary = { reason: '', ready: 0, restarts: 0, lastRestart: '' };
  const initialising = summariseInit(pod, summary, sidecarSummary);
  if (!initialising || hasCondition(pod, 'Initialized')) {
    summary.restarts = sidecarSummary.restarts;
    summary.lastRestart = sidecarSummary.lastRestart;
    summariseContainers(pod, summary);
  }
  summary.reason = endReason(pod, summary.reason);
  return summary;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter(gate => hasCondition(pod, gate.conditionType)).length}/${gates.length}`;
}

/** What `kubectl get pods -o wide` shows of a pod. */
export function podRow(pod: Pod, nowMs: number): unknown[] {
  const { reason, ready, restarts, lastRestart } = summarise(pod);
  const total = (pod.spec?.containers?.length ?? 0) + sidecarNames(pod).size;
  const restartsText =
    restarts !== 0 && lastRestart !== ''
      ? `${restarts} (${since(lastRestart, nowMs)} ago)`
      : String(restarts);
  return [
    pod.metadata.name,
    `${ready}/${total}`,
    reason,
    restartsText,
    age(pod, nowMs),
    pod.status?.podIPs?.[0]?.ip || '<none>',
    pod.spec?.nodeName || '<none>',
    pod.status?.nominatedNodeName || '<none>',
    readinessGates(pod),
  ];
}

const completed: Readonly<Record<string, readonly TableRowCondition[]>> = {
  Succeeded: [endCondition('Succeeded', 'The pod has completed successfully.')],
  Failed: [endCondition('Failed', 'The pod failed.')],
};

function endCondition(reason: string, message: string): TableRowCondition {
  return { type: 'Completed', status: 'True', reason, message };
}

/** Printers may leave out the rows of pods that have ended. */
export function podRowConditions({ status }: Pod): readonly TableRowCondition[] {
  return own(completed, status?.phase ?? '') ?? [];
}
