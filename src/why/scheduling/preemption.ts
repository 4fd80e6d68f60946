/** Whether the scheduler could make room by evicting pods of lower priority. */
import type { PostFilterInput } from '#scheduler/framework/plugin.ts';
import { runPostFilters } from '#scheduler/post-filter.ts';
import type { Evidence } from '../explanation.ts';
import { count, listed } from '../words.ts';
import type { Judgement, SchedulingView } from './view.ts';

export function preemptionEvidence(view: SchedulingView, judgement: Judgement): Evidence {
  const { pod, framework } = view;
  const { freed, preempting, messages } = runPostFilters(framework, inputOf(view, judgement));
  if (freed) {
    const { nodeName, victims } = freed;
    return {
      text: `Preemption: evicting ${listed(victims.map(victim => `Pod ${victim.key} (priority ${victim.priority})`))} would make room on ${nodeName}`,
      about: [
        { kind: 'Node', name: nodeName },
        ...victims.map(({ pod: { metadata } }) => ({
          kind: 'Pod',
          namespace: metadata.namespace!,
          name: metadata.name!,
        })),
      ],
    };
  }
  if (!preempting) return { text: 'Preemption: not part of the profile' };
  if (pod.pod.spec?.preemptionPolicy === 'Never') return { text: 'Preemption: preemptionPolicy is Never' };
  if (messages.some(message => /terminating pod/.test(message))) {
    return {
      text: `Preemption: waits for pods of lower priority to end on ${pod.pod.status?.nominatedNodeName}`,
    };
  }
  const candidates = judgement.nodes.filter(({ refusals }) => refusals[0]?.code === 'Unschedulable');
  if (candidates.length === 0) {
    return { text: 'Preemption: no help, for evicting pods would not make any node fit' };
  }
  const lower = candidates.some(({ node }) =>
    [...node.pods.values()].some(other => other.priority < pod.priority),
  );
  const where = `on the ${count(candidates.length, 'node')} where evicting pods could make room`;
  return {
    text: lower
      ? `Preemption: no help: ${where}, evicting all of a priority below ${pod.priority} is not enough`
      : `Preemption: no help: ${where}, no pod has a priority below ${pod.priority}, which is this one's`,
  };
}

function inputOf({ pod, table }: SchedulingView, { filters, nodes }: Judgement): PostFilterInput {
  return {
    pod,
    snapshot: table,
    rejections: new Map(
      nodes.flatMap(({ node, refusals }) => (refusals[0] ? [[node.name, refusals[0]]] : [])),
    ),
    passes: node => filters.every(({ filter }) => filter.test(node) === undefined),
    removed: (other, node) => {
      for (const { filter } of filters) filter.removePod?.(other, node);
    },
    added: (other, node) => {
      for (const { filter } of filters) filter.addPod?.(other, node);
    },
  };
}
