/** Pods whose containers have all ended for good. */
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type Finding, healthy, problem } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import { ago, oneLine, withDetail } from '../words.ts';
import { containerViews, logRemedy } from './containers.ts';
import { endText } from './exit.ts';

/** Why kubelets refuse or end a pod as a whole (status.reason). */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/^DeadlineExceeded$/, 'raise spec.activeDeadlineSeconds, or make it end sooner'],
  [/^OutOf/, 'make room on the node, or let the scheduler choose one: leave spec.nodeName out'],
  [
    /^(NodeAffinity|NodeSelectorMismatching|NodeName)$/,
    "correct the pod's node selector or the node's labels",
  ],
  [/^(Terminated|Shutdown|NodeShutdown)$/, 'nothing: its controller makes another'],
];

export function finishedFindings(pod: Pod, facts: Facts): Finding[] {
  const ends = containerViews(pod, facts).flatMap(({ title, status }) => {
    const ended = status.state?.terminated;
    return ended ? [{ title, ended }] : [];
  });
  const evidence = ends.map(
    ({ title, ended }) => `${title} ended ${ago(ended.finishedAt, facts.nowMs)}: ${endText(ended)}`,
  );
  if (pod.status?.phase === 'Succeeded') return [healthy('Completed', 'completed', { evidence })];
  const { reason, message } = pod.status ?? {};
  if (reason === 'Evicted' || pod.status?.conditions?.some(({ type }) => type === 'DisruptionTarget'))
    return [];
  if (reason) {
    const remedy = remedies.find(([pattern]) => pattern.test(reason))?.[1];
    return [problem(reason, withDetail(`failed: ${reason}`, message), { evidence, remedies: [remedy] })];
  }
  const failed = ends.find(({ ended }) => ended.exitCode !== 0);
  const text = failed ? `failed: ${failed.title}: ${endText(failed.ended)}` : withDetail('failed', message);
  const log = failed
    ? facts.log(pod.metadata.namespace ?? '', pod.metadata.name ?? '', failed.title.split(' ').at(-1)!)
    : [];
  return [
    problem('Failed', text, {
      evidence: [
        ...(ends.length > 1 ? evidence : [failed && `It ended ${ago(failed.ended.finishedAt, facts.nowMs)}`]),
        ...(failed?.ended.message ? [`It said: ${oneLine(failed.ended.message)}`] : []),
        log.length > 0
          ? { text: 'The last lines of its log:', evidence: log.map(line => ({ text: line })) }
          : undefined,
      ],
      remedies: [failed && logRemedy(pod, failed.title.split(' ').at(-1)!, facts)],
    }),
  ];
}
