/** Why a node is not Ready, under pressure or closed to pods; and how full it is. */
import { table } from '#base/members.ts';
import { leases, nodes, pods } from '#api/generated/refs.ts';
import type { Node, NodeCondition } from '#api/generated/types/core.v1.ts';
import { amountOf } from '#scheduler/framework/resources.ts';
import { NodeTable } from '#scheduler/node-table.ts';
import { type Evidence, type Finding, healthy, problem, referenceTo, waiting } from '../explanation.ts';
import { eventTime, type Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { taintText } from '../scheduling/taints.ts';
import { hasEnded } from '../scheduling/view.ts';
import { ago, amountText, lasting, listed, oneLine } from '../words.ts';

const leaseNamespace = 'kube-node-lease';

async function gatherNode({ metadata }: Node, gatherer: Gatherer): Promise<void> {
  await Promise.all([
    gatherer.get(leases, leaseNamespace, metadata.name!),
    gatherer.list(pods, '', { fieldSelector: `spec.nodeName=${metadata.name}` }),
    // Kubelets write events about nodes into the default namespace.
    gatherer.events('default', 'Node', metadata.name!),
  ]);
}

const pressures = table<string>({
  DiskPressure: 'free disk space on it: unused images, logs, emptyDir volumes',
  MemoryPressure: 'move pods elsewhere, or give them memory requests and limits',
  NetworkUnavailable: 'see that the network of the node is set up (CNI, routes)',
  PIDPressure: 'end what makes so many processes',
});

function findingsOf(node: Node, facts: Facts): Finding[] {
  const conditions = node.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const findings: Finding[] = [];
  if (ready?.status !== 'True') findings.push(notReady(node, ready, facts));
  for (const condition of conditions) {
    const remedy = pressures[condition.type];
    // A node that does not answer says nothing about its pressure.
    if (!remedy || condition.status !== 'True') continue;
    findings.push(
      problem(condition.type, `${condition.type}: ${oneLine(condition.message)}`, {
        evidence: [
          `For ${lasting(condition.lastTransitionTime, facts.nowMs)}; the node takes no pods that do not tolerate it, and evicts some`,
        ],
        remedies: [remedy],
      }),
    );
  }
  if (node.spec?.unschedulable) {
    findings.push(
      waiting('Cordoned', 'cordoned: the scheduler gives it no new pods', {
        remedies: [`kubectl uncordon ${node.metadata.name}`],
      }),
    );
  }
  const use = useEvidence(node, facts);
  if (findings.length > 0)
    return findings.map((one, i) => (i === 0 ? { ...one, evidence: [...one.evidence, ...use] } : one));
  return [
    healthy('Ready', 'Ready', {
      evidence: [
        `Ready for ${lasting(ready?.lastTransitionTime, facts.nowMs)}: ${oneLine(ready?.message)}`,
        ...use,
      ],
    }),
  ];
}

function notReady(node: Node, ready: NodeCondition | undefined, facts: Facts): Finding {
  const name = node.metadata.name!;
  const lease = facts.get(leases, leaseNamespace, name);
  const last = facts.eventsOf(node).findLast(({ type }) => type === 'Warning');
  const silent = ready?.status === 'Unknown' || !ready;
  const text = ready
    ? `not Ready for ${lasting(ready.lastTransitionTime, facts.nowMs)}: ${oneLine(ready.message) || ready.reason}`
    : 'not Ready: its kubelet has never reported';
  return problem(silent ? 'NodeUnreachable' : (ready?.reason ?? 'NodeNotReady'), text, {
    evidence: [
      lease?.spec?.renewTime
        ? `Its kubelet renewed its lease ${ago(lease.spec.renewTime, facts.nowMs)}`
        : 'Its kubelet has no lease',
      ready?.lastHeartbeatTime
        ? `It reported its state ${ago(ready.lastHeartbeatTime, facts.nowMs)}`
        : undefined,
      last && `${last.reason} ${ago(eventTime(last), facts.nowMs)}: ${oneLine(last.message)}`,
    ],
    remedies: silent
      ? [
          `see that the machine ${name} is up, its kubelet runs and it reaches the API server`,
          `if it is gone for good: kubectl delete node ${name}`,
        ]
      : [
          /network|cni/i.test(ready?.message ?? '')
            ? 'install or mend the pod network (CNI) on it'
            : `look at the log of the kubelet of ${name}`,
        ],
  });
}

/** Taints, and what the pods on it ask for. */
function useEvidence(node: Node, facts: Facts): Evidence[] {
  const table = new NodeTable(() => ({}));
  table.setNode(node);
  const here = facts.all(pods).filter(pod => pod.spec?.nodeName === node.metadata.name && !hasEnded(pod));
  for (const pod of here) table.setPod(pod);
  const info = table.get(node.metadata.name!)!;
  const taints = node.spec?.taints ?? [];
  const share = (resource: string) =>
    `${amountText(resource, amountOf(info.requested, resource))} of ${amountText(resource, amountOf(info.allocatable, resource))} ${resource}`;
  return [
    ...(taints.length > 0 ? [{ text: `Taints: ${listed(taints.map(taintText), 6)}` }] : []),
    {
      text: `Pods: ${here.length} of ${info.allowedPods}, asking for ${share('cpu')} and ${share('memory')}`,
      about: here.map(referenceTo),
    },
  ];
}

export const nodeExplainer = { ref: nodes, gather: gatherNode, findings: findingsOf };
