/** A pod that has a node, and whose containers are not made yet. */
import { nodes } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type Finding, problem, waiting } from '../explanation.ts';
import { eventCount, eventTime, type Facts } from '../facts.ts';
import { ago, count, lasting, oneLine } from '../words.ts';

/** What kubelets report while they prepare a pod, with what helps. */
const preparing: Readonly<Record<string, { text: string; remedy: (message: string) => string | undefined }>> =
  {
    FailedAttachVolume: {
      text: 'a volume cannot be attached to its node',
      remedy: message =>
        /Multi-Attach/.test(message) ? 'end the pod on the other node that holds the volume' : undefined,
    },
    FailedCreatePodContainer: { text: 'its containers cannot be made', remedy: () => undefined },
    FailedCreatePodSandBox: {
      text: 'its sandbox cannot be made',
      remedy: message =>
        /cni|network/i.test(message) ? 'mend the pod network (CNI) of its node' : undefined,
    },
    FailedMount: {
      text: 'a volume cannot be mounted',
      remedy: message => {
        const [, kind, name] = /\b(secret|configmap) "([^"]+)" not found/.exec(message) ?? [];
        return kind ? `make the ${kind} ${name}, or mark the volume optional` : undefined;
      },
    },
    NetworkNotReady: {
      text: "its node's network is not ready",
      remedy: () => 'install a pod network (CNI) on the node',
    },
  };

export function preparationFindings(pod: Pod, facts: Facts): Finding[] {
  const event = facts.eventsOf(pod, ...Object.keys(preparing)).at(-1);
  if (event) {
    const { text, remedy } = preparing[event.reason!]!;
    return [
      problem(event.reason!, `cannot start: ${text}: ${oneLine(event.message)}`, {
        evidence: [
          `Reported ${count(eventCount(event), 'time')}, last ${ago(eventTime(event), facts.nowMs)}`,
        ],
        remedies: [remedy(event.message ?? '')],
      }),
    ];
  }
  const pulling = facts.eventsOf(pod, 'Pulling', 'Pulled').at(-1);
  const node = facts.get(nodes, '', pod.spec?.nodeName ?? '');
  const evidence =
    pulling?.reason === 'Pulling'
      ? `${oneLine(pulling.message)}, for ${lasting(eventTime(pulling), facts.nowMs)}`
      : undefined;
  return [
    waiting('Starting', `starting on ${pod.spec?.nodeName}`, {
      evidence: [
        evidence ??
          (pod.status?.startTime ? undefined : 'The kubelet has not reported anything about it yet'),
        node ? undefined : `Node ${pod.spec?.nodeName} is not known`,
      ],
    }),
  ];
}

/** A node whose kubelet does not report: nothing that the pod says is of now. */
export function nodeFindings(pod: Pod, facts: Facts): Finding[] {
  const name = pod.spec?.nodeName ?? '';
  const node = facts.get(nodes, '', name);
  if (!node) {
    if (facts.unread.some(text => text.startsWith('nodes'))) return [];
    return [
      problem('NodeMissing', `its node ${name} does not exist`, {
        remedies: [`add node ${name}, or delete the pod`],
      }),
    ];
  }
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return [];
  return [
    problem(
      'NodeNotReady',
      `its node ${name} is not Ready: ${oneLine(ready?.message) || 'it has not reported'}`,
      {
        evidence: [
          ready
            ? `Ready is ${ready.status} for ${lasting(ready.lastTransitionTime, facts.nowMs)} (${ready.reason})`
            : undefined,
        ],
        remedies: [`mend node ${name}: why node ${name}`],
      },
    ),
  ];
}
